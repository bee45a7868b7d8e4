package issue

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"

	"go.yaml.in/yaml/v3"

	"github.com/harender/harender/internal/compile/plan"
	"github.com/harender/harender/internal/keys/secret"
)

// encryptionConfig is an EncryptionConfiguration of apiserver.config.k8s.io/v1, or the legacy EncryptionConfig of v1, as
// far as keys are concerned.
type encryptionConfig struct {
	APIVersion string            `yaml:"apiVersion"`
	Kind       string            `yaml:"kind"`
	Resources  []encryptionGroup `yaml:"resources"`
}

type encryptionGroup struct {
	Resources []string             `yaml:"resources"`
	Providers []encryptionProvider `yaml:"providers"`
}

// encryptionProvider has one key: the provider's name.
type encryptionProvider map[string]yaml.Node

type encryptionKeys struct {
	Keys []encryptionKey `yaml:"keys"`
}

type encryptionKey struct {
	Name   string `yaml:"name"`
	Secret string `yaml:"secret"`
}

// keyed are the providers that have keys of their own (k8s.io/apiserver, pkg/apis/apiserver/v1).
func keyed(provider string) bool {
	return provider == "secretbox" || provider == "aescbc" || provider == "aesgcm"
}

func (p encryptionProvider) name() string {
	for name := range maps.Keys(p) {
		return name
	}
	return ""
}

func (p encryptionProvider) keys() ([]encryptionKey, error) {
	node := p[p.name()]
	var out encryptionKeys
	err := node.Decode(&out)
	return out.Keys, plainly(err)
}

func (p encryptionProvider) withKeys(keys []encryptionKey) (encryptionProvider, error) {
	var node yaml.Node
	err := node.Encode(encryptionKeys{keys})
	return encryptionProvider{p.name(): node}, plainly(err)
}

// plainly hides what a YAML error repeats.
func plainly(err error) error {
	if err != nil {
		return errors.New("it is no EncryptionConfiguration")
	}
	return nil
}

func parseEncryption(plain secret.Plain) (encryptionConfig, error) {
	var out encryptionConfig
	if err := yaml.Unmarshal(plain.Reveal(), &out); err != nil || len(out.Resources) == 0 {
		return out, errors.New("it is no EncryptionConfiguration")
	}
	for _, g := range out.Resources {
		if len(g.Providers) == 0 || slices.ContainsFunc(g.Providers, func(p encryptionProvider) bool { return len(p) != 1 }) {
			return out, errors.New("a provider of its resources is none")
		}
	}
	return out, nil
}

func (c encryptionConfig) plain() (secret.Plain, error) {
	text, err := yaml.Marshal(c)
	return secret.NewPlain(text), plainly(err)
}

// nextEncryption is a configuration with a new key for what the one in use encrypts. It alone can read nothing that is stored.
func nextEncryption(rand io.Reader, inUse secret.Plain) (secret.Plain, error) {
	c, err := parseEncryption(inUse)
	if err != nil {
		return secret.Plain{}, err
	}
	key := make([]byte, 32)
	if _, err := io.ReadFull(rand, key); err != nil {
		return secret.Plain{}, fmt.Errorf("making an encryption key: %w", err)
	}
	defer clear(key)
	names := map[string]bool{}
	for i, g := range c.Resources {
		if first := g.Providers[0].name(); !keyed(first) {
			return secret.Plain{}, fmt.Errorf("its first provider is %s, which has no key to rotate", first)
		}
		for _, p := range g.Providers {
			if err := addNames(names, p); err != nil {
				return secret.Plain{}, err
			}
		}
		c.Resources[i].Providers = slices.DeleteFunc(g.Providers, func(p encryptionProvider) bool { return p.name() != "identity" })
	}
	fresh, err := encryptionProvider{"secretbox": {}}.withKeys([]encryptionKey{{freeName(names), base64.StdEncoding.EncodeToString(key)}})
	if err != nil {
		return secret.Plain{}, err
	}
	for i, g := range c.Resources {
		c.Resources[i].Providers = slices.Insert(g.Providers, 0, fresh)
	}
	return c.plain()
}

func addNames(names map[string]bool, p encryptionProvider) error {
	if !keyed(p.name()) {
		return nil
	}
	keys, err := p.keys()
	for _, k := range keys {
		names[k.Name] = true
	}
	return err
}

// freeName is keyN: what is stored names the key that it was encrypted with.
func freeName(taken map[string]bool) string {
	for n := 1; ; n++ {
		if name := "key" + strconv.Itoa(n); !taken[name] {
			return name
		}
	}
}

// mergeEncryption is the configuration in use, with the keys of the other to read with.
func mergeEncryption(inUse, other secret.Plain) (secret.Plain, error) {
	c, err := parseEncryption(inUse)
	also, fault := parseEncryption(other)
	if err := errors.Join(err, fault); err != nil {
		return secret.Plain{}, err
	}
	for i, g := range c.Resources {
		at := slices.IndexFunc(also.Resources, func(o encryptionGroup) bool { return slices.Equal(o.Resources, g.Resources) })
		if at < 0 {
			return secret.Plain{}, fmt.Errorf("one of two that are in use encrypts %s, the other does not", g.Resources)
		}
		if c.Resources[i].Providers, err = mergeProviders(g.Providers, also.Resources[at].Providers); err != nil {
			return secret.Plain{}, err
		}
	}
	return c.plain()
}

// mergeProviders keeps identity, which takes whatever comes, at the end.
func mergeProviders(inUse, other []encryptionProvider) ([]encryptionProvider, error) {
	var out, last []encryptionProvider
	for _, p := range slices.Concat(inUse, other) {
		same := slices.IndexFunc(out, func(o encryptionProvider) bool { return o.name() == p.name() })
		switch {
		case p.name() == "identity":
			last = []encryptionProvider{p}
		case same < 0 || !keyed(p.name()):
			out = append(out, p)
		default:
			joined, err := out[same].plus(p)
			if err != nil {
				return nil, err
			}
			out[same] = joined
		}
	}
	return append(out, last...), nil
}

func (p encryptionProvider) plus(o encryptionProvider) (encryptionProvider, error) {
	keys, err := p.keys()
	further, fault := o.keys()
	if err := errors.Join(err, fault); err != nil {
		return nil, err
	}
	for _, k := range further {
		if slices.ContainsFunc(keys, func(have encryptionKey) bool { return have.Name == k.Name }) {
			return nil, fmt.Errorf("two of its keys are named %s", k.Name)
		}
	}
	return p.withKeys(append(keys, further...))
}

// mergeable reports whether copies of this kind hold what another slot holds too.
func mergeable(kind string) bool {
	return kind == plan.EncryptionConfig || kind == plan.LegacyEncryptionConfig
}
