package work

import (
	"cmp"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"
)

const (
	certSuffix   = ".crt"
	keySuffix    = ".key.sops"
	sealedSuffix = ".sops"
)

// Survey lists the work that made secrets/ and rendered/ of the repository.
func Survey(repository string) (List, error) {
	root, err := os.OpenRoot(repository)
	if err != nil {
		return List{}, err
	}
	defer func() { _ = root.Close() }()
	s := survey{fsys: root.FS(), files: map[string][]byte{}, made: map[string]string{}, issuers: map[string]string{}}
	for _, dir := range []string{"secrets", "rendered"} {
		if err := s.read(dir); err != nil {
			return List{}, err
		}
	}
	for _, name := range s.names {
		if err := s.add(name); err != nil {
			return List{}, fmt.Errorf("%s: %w", name, err)
		}
	}
	return s.finish()
}

type survey struct {
	fsys  fs.FS
	list  List
	names []string
	files map[string][]byte
	// made are the random files of secrets/, by content: what is equal to one of them is a copy.
	made map[string]string
	// issuers are the paths of authorities by their subject.
	issuers map[string]string
}

func (s *survey) read(dir string) error {
	return fs.WalkDir(s.fsys, dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			s.list.Dirs = append(s.list.Dirs, name)
			return nil
		}
		s.names = append(s.names, name)
		s.files[name], err = fs.ReadFile(s.fsys, name)
		return err
	})
}

func (s *survey) add(name string) error {
	content := s.files[name]
	if of, copied := s.made[string(content)]; copied {
		s.list.Copies = append(s.list.Copies, Copy{Path: name, Of: of})
		return nil
	}
	if pair, ok := strings.CutSuffix(name, certSuffix); ok && s.files[pair+keySuffix] != nil {
		s.made[string(content)] = name
		return s.addCertificate(pair, content)
	}
	if !strings.HasSuffix(name, sealedSuffix) {
		s.list.Plain = append(s.list.Plain, Plain{Path: name, Size: len(content)})
		return nil
	}
	s.made[string(content)] = name
	if pair, ok := strings.CutSuffix(name, keySuffix); ok && s.files[pair+certSuffix] != nil {
		return nil
	}
	size, recipients, err := envelope(content)
	s.list.Sealed = append(s.list.Sealed, Sealed{Path: name, Size: size, Recipients: recipients})
	return err
}

func (s *survey) addCertificate(pair string, text []byte) error {
	block, _ := pem.Decode(text)
	if block == nil {
		return fmt.Errorf("no PEM")
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return err
	}
	_, recipients, err := envelope(s.files[pair+keySuffix])
	c := Certificate{
		Path: pair, Authority: string(cert.RawIssuer), CommonName: cert.Subject.CommonName, Organization: cert.Subject.Organization,
		DNSNames: cert.DNSNames, IPAddresses: cert.IPAddresses, KeyUsage: cert.KeyUsage, ExtKeyUsage: cert.ExtKeyUsage,
		Validity: cert.NotAfter.Sub(cert.NotBefore), Recipients: recipients,
	}
	if cert.IsCA {
		c.Authority = ""
		s.issuers[string(cert.RawSubject)] = pair
	}
	s.list.Certificates = append(s.list.Certificates, c)
	return err
}

// finish names the issuers by their paths, and puts them first.
func (s *survey) finish() (List, error) {
	for i, c := range s.list.Certificates {
		if c.Authority == "" {
			continue
		}
		issuer, ok := s.issuers[c.Authority]
		if !ok {
			return List{}, fmt.Errorf("%s: no authority issued it", c.Path)
		}
		s.list.Certificates[i].Authority = issuer
	}
	slices.SortStableFunc(s.list.Certificates, func(a, b Certificate) int {
		return cmp.Compare(min(len(a.Authority), 1), min(len(b.Authority), 1))
	})
	slices.SortFunc(s.list.Dirs, cmp.Compare)
	return s.list, nil
}

var ciphertext = regexp.MustCompile(`^ENC\[AES256_GCM,data:([^,]*),`)

// envelope tells the size of the plaintext of a sealed file, and who can open it.
func envelope(sealed []byte) (size int, recipients []string, err error) {
	var file struct {
		Data string
		Sops struct{ Age []struct{ Recipient string } }
	}
	if err := json.Unmarshal(sealed, &file); err != nil {
		return 0, nil, err
	}
	m := ciphertext.FindStringSubmatch(file.Data)
	if m == nil {
		return 0, nil, fmt.Errorf("no sops file of binary type")
	}
	data, err := base64.StdEncoding.DecodeString(m[1])
	for _, r := range file.Sops.Age {
		recipients = append(recipients, r.Recipient)
	}
	return len(data), recipients, err
}
