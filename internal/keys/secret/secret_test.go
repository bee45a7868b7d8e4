package secret

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// TestPlainNeverPrints tries every way in which a value reaches text by itself.
func TestPlainNeverPrints(t *testing.T) {
	material := []byte("key of a test 0123456789")
	p := NewPlain(bytes.Clone(material))
	holder := struct {
		Key   Plain
		Ptr   *Plain
		Slice []Plain
		Map   map[string]Plain
		inner Plain
	}{p, &p, []Plain{p}, map[string]Plain{"a": p}, p}
	var out []string
	for _, verb := range "vTtbcdoOqxXUeEfFgGsp" {
		for _, flag := range []string{"", "+", "#", "-", " ", "0", "+#", "10.3"} {
			format := "%" + flag + string(verb)
			out = append(out, fmt.Sprintf(format, p), fmt.Sprintf(format, &p), fmt.Sprintf(format, holder), fmt.Sprintf(format, holder.Slice))
		}
	}
	var log bytes.Buffer
	for _, h := range []slog.Handler{slog.NewTextHandler(&log, nil), slog.NewJSONHandler(&log, nil)} {
		slog.New(h).Info("message", "key", p, "holder", holder)
	}
	asJSON, err1 := json.Marshal(holder)
	asYAML, err2 := yaml.Marshal(holder)
	asXML, err3 := xml.Marshal(p)
	if err := errors.Join(err1, err2, err3); err != nil {
		t.Fatal(err)
	}
	out = append(out, p.String(), p.GoString(), fmt.Sprint(p), fmt.Sprintln(holder), fmt.Errorf("wrapped: %v", p).Error(),
		log.String(), string(asJSON), string(asYAML), string(asXML))
	numbers := strings.Trim(fmt.Sprintf("%d", material[:4]), "[]")
	for _, text := range out {
		for _, form := range []string{
			string(material[:8]), hex.EncodeToString(material[:4]), strings.ToUpper(hex.EncodeToString(material[:4])),
			base64.StdEncoding.EncodeToString(material[:6]), numbers, "0x6b, 0x65", "1101011 1100101",
		} {
			if strings.Contains(text, form) {
				t.Errorf("%q shows in %q", form, text)
			}
		}
	}
	if !strings.Contains(string(asJSON), "REDACTED") || !strings.Contains(string(asYAML), "REDACTED") {
		t.Errorf("%s %s", asJSON, asYAML)
	}
	if !bytes.Equal(p.Reveal(), material) {
		t.Error("Reveal does not give the bytes")
	}
	if p.Wipe(); !bytes.Equal(p.Reveal(), make([]byte, len(material))) {
		t.Error("Wipe left the bytes")
	}
}
