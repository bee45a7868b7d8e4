package cluster

import (
	"encoding/hex"
	"slices"
	"strings"

	"github.com/harender/harender/internal/compile/spec"
	"github.com/harender/harender/internal/diag"
)

func pins(r *report, field diag.Path, s spec.Pins) Pins {
	return Pins{
		Kubernetes:     pinList(r, field.Key("kubernetes"), s.Kubernetes),
		Etcd:           pinList(r, field.Key("etcd"), s.Etcd),
		FrontProxy:     pinList(r, field.Key("frontProxy"), s.FrontProxy),
		ServiceAccount: pinList(r, field.Key("serviceAccount"), s.ServiceAccount),
		Encryption:     pinList(r, field.Key("encryption"), s.Encryption),
		Credentials:    pinList(r, field.Key("credentials"), s.Credentials),
	}
}

func pinList(r *report, field diag.Path, list []string) []string {
	for i, pin := range list {
		digits, found := strings.CutPrefix(pin, "sha256:")
		sum, err := hex.DecodeString(digits)
		switch {
		case !found || err != nil || len(sum) != 32 || digits != strings.ToLower(digits):
			r.error(field.Index(i), diag.Quote(pin)+" is no pin", "write sha256: and 64 hex digits in lower case, as harender certs pins prints them")
		case slices.Contains(list[:i], pin):
			r.error(field.Index(i), diag.Quote(pin)+" is given twice", "remove one of the two")
		}
	}
	return list
}
