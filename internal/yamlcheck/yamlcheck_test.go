package yamlcheck

import (
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"
	kubectl "sigs.k8s.io/yaml"

	"github.com/harender/harender/internal/proof/testtool"
)

// TestOldBool asks the reader of kubectl and of the components, which is one of YAML 1.1, and that of YAML 1.2.
func TestOldBool(t *testing.T) {
	for _, word := range testtool.YAMLWords() {
		var old, now any
		if kubectl.Unmarshal([]byte(word), &old) != nil || yaml.Unmarshal([]byte(word), &now) != nil {
			continue
		}
		truth, isOld := old.(bool)
		_, isText := now.(string)
		if value, is := OldBool(word); is != (isOld && isText) || is && value != truth {
			t.Errorf("%s is %v, %v; to YAML 1.1 it is %v, and to YAML 1.2 %v", word, value, is, old, now)
		}
	}
}

func TestFind(t *testing.T) {
	for text, want := range map[string]int{
		"a: b\n": 0, "a: &x b\nc: &x_-1 d\n": 0, "a: &x [b]\n": 0, "a: &x\n  b: c\n": 0, "a: '&x:y'\n": 0, "[&x , &y]\n": 0, "a: &x": 0,
		"a: &x:y b\n": 1, "&x:y a: b\n": 1,
		"a: ! 1\n": 1, "a: &x ! 1\n": 1, "a: '! 1'\n": 0, "a: !!str 1\n": 0, "a: b! c\n": 0,
		"{?a: b}\n": 1, "[?a]\n": 1, "{? a: b}\n": 0, "? a\n: b\n": 0, "?a: b\n": 0, "{'?a': b}\n": 0, "{a: '?'}\n": 0, "{\n?\n}\n": 0,
		"a: |\n  x\n   ": 1, "a: |\n  x\n   \n": 0, "a: |\n  x": 0, "a: x\n   ": 0, "a: |\n  x\nb: c\n  ": 0,
		"\u00fc: ! 1\n": 1, "\u00fc: {?a: b}\n": 1,
	} {
		var doc yaml.Node
		if err := yaml.Unmarshal([]byte(text), &doc); err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		found := Find([]byte(text), &doc)
		if len(found) != want {
			t.Errorf("%q: %+v", text, found)
		}
		for _, a := range found {
			if a.Line < 1 || a.Col < 1 || a.Hint == "" {
				t.Errorf("%q: %+v", text, a)
			}
		}
	}
}

// TestLongLine: a document of one line takes the time of one of many.
func TestLongLine(t *testing.T) {
	text := []byte("[" + strings.Repeat("&x 'a',", 200_000) + "]")
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	if found := Find(text, &doc); len(found) > 0 {
		t.Error(found[0])
	}
	if took := time.Since(begun); took > 5*time.Second {
		t.Errorf("it takes %s", took)
	}
}
