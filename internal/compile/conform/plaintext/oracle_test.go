package plaintext_test

import (
	"bufio"
	"context"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/harender/harender/internal/compile/conform/plaintext"
	"github.com/harender/harender/internal/proof/testtool"
)

// oracle is a program that reads one of the formats.
type oracle struct {
	// name of the file on a node, and one without a mistake.
	name, text string
	// mutations are what is replaced, by what. Those of harmless change nothing that the program minds.
	mutations, harmless [][2]string
	// missed are mutations that the program refuses and harender passes over, with the reason.
	missed map[string]string
	// refuses reports whether the program has a word against the file that it does not have against the one without a mistake.
	refuses func(t *testing.T, file string) string
}

// TestOracle asks the programs about mistakes, and reports who finds them.
func TestOracle(t *testing.T) {
	for _, o := range []oracle{haproxyOracle(), keepalivedOracle(t), unitOracle(), dropInOracle(), tmpfilesOracle(), sysusersOracle(), corefileOracle(t)} {
		t.Run(filepath.Base(o.name), func(t *testing.T) {
			asked := o.ask(t, o.text)
			if got := plaintext.Judge(o.name, o.text, words(t, o.name)); len(got) > 0 {
				t.Fatalf("the file without a mistake has %v", got)
			}
			table := map[string]int{}
			for _, m := range o.mutations {
				text := strings.Replace(o.text, m[0], m[1], 1)
				if text == o.text {
					t.Fatalf("%q does not stand there", m[0])
				}
				theirs, ours := o.ask(t, text) != asked, len(plaintext.Judge(o.name, text, words(t, o.name))) > 0
				switch {
				case theirs && ours:
					table["both"]++
				case theirs && o.missed[m[1]] != "":
					table["the program alone"]++
				case theirs:
					t.Errorf("%q for %q: the program finds it, harender does not", m[1], m[0])
				case ours:
					t.Errorf("%q for %q: harender finds it, the program does not", m[1], m[0])
				default:
					t.Errorf("%q for %q is no mistake", m[1], m[0])
				}
			}
			for _, m := range o.harmless {
				text := strings.ReplaceAll(o.text, m[0], m[1])
				if got := plaintext.Judge(o.name, text, words(t, o.name)); len(got) > 0 || o.ask(t, text) != asked {
					t.Errorf("%q for %q is refused: %v", m[1], m[0], got)
				}
			}
			t.Logf("%s: %d mutations, %v", o.name, len(o.mutations), table)
		})
	}
}

// ask gives what the program says, without the name of the folder.
func (o oracle) ask(t *testing.T, text string) string {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, filepath.Base(o.name))
	if strings.HasSuffix(filepath.Dir(o.name), ".d") && strings.Contains(o.name, "systemd") {
		file = filepath.Join(dir, filepath.Base(filepath.Dir(o.name)), filepath.Base(o.name))
	}
	if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o700), os.WriteFile(file, []byte(text), 0o600)); err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(o.refuses(t, file), dir, "")
}

// says runs a program, and gives its words where it does not end well.
func says(t *testing.T, always bool, name string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, name, args...).CombinedOutput() // #nosec G204 -- a test's own programs
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("%s has to be there: %v", name, err)
	}
	if err == nil && !always {
		return ""
	}
	return string(out)
}

func haproxyOracle() oracle {
	return oracle{
		name: "etc/haproxy/haproxy.cfg",
		text: `global
    log stdout format raw daemon notice
    maxconn 200
    no strict-limits
defaults
    mode tcp
    option dontlognull
    timeout connect 5s
    timeout client 1h
    timeout server 1h
frontend a
    bind 127.0.0.1:16443
    default_backend a
backend a # of masters
    balance leastconn
    http-check expect status 200
    server m1 10.0.0.11:6443
    server m2 10.0.0.12:6443
`,
		mutations: [][2]string{
			{"maxconn", "maxcon"}, {"balance", "blance"}, {"default_backend a", "default_backend b"}, {"server m2", "server m1"}, {"backend a #", "bakend a #"},
			{"mode tcp", "mode tpc"}, {"frontend a", "frontend"}, {"6443\n", "6443\nbackend a\n"}, {"m2 10.0.0.12:6443\n", "m2 10.0.0.12:6443"}, {"timeout client", "timout client"},
			{"global\n", "gobal\n"}, {"http-check", "http-chek"}, {"no strict-limits", "no strict-limit"}, {"backend a #", "frontend a #"}, {"    balance", "    use_backend c if TRUE\n    balance"},
			{"balance leastconn", "balance leastcon"},
		},
		harmless: [][2]string{{"\n", "\r\n"}, {"    ", "\t"}, {"    ", ""}, {"backend a", "backend a-b"}},
		missed:   map[string]string{"balance leastcon": "values of keywords are not known", "    use_backend c if TRUE\n    balance": "a backend takes no use_backend"},
		refuses: func(t *testing.T, file string) string {
			if says(t, false, "haproxy", "-c", "-f", file) != "" {
				return "refused"
			}
			return ""
		},
	}
}

func keepalivedOracle(t *testing.T) oracle {
	t.Helper()
	return oracle{
		name: "etc/keepalived/keepalived.conf",
		text: strings.ReplaceAll(`global_defs {
    router_id m1
    vrrp_version 3
    script_user root
}

vrrp_script a {
    script "/bin/true"
    interval 1
}

vrrp_instance v {
    state BACKUP
    nopreempt
    interface INTERFACE
    virtual_router_id 51
    priority 254
    virtual_ipaddress {
        10.0.0.10/32
    }
    track_script {
        a
    }
}
`, "INTERFACE", anInterface(t)),
		mutations: [][2]string{
			{"router_id m1", "routr_id m1"}, {"nopreempt", "nopreemt"}, {"router_id 51", "router_id 300"}, {"router_id 51", "router_id 0"}, {"priority 254", "priority 256"},
			{"script_user root\n}", "script_user root\n"}, {"    track_script", "}\n    track_script"}, {"        a\n", "        b\n"}, {"version 3", "version 4"},
			{"vrrp_instance v", "vrrp_instanc v"}, {"vrrp_script a {", "vrrp_script a {\n}\nvrrp_script a {"}, {"interval 1", "intervall 1"},
		},
		harmless: [][2]string{{"\n", "\r\n"}, {"    ", "\t"}, {"global_defs", "# a {\nglobal_defs"}},
		refuses: func(t *testing.T, file string) string {
			return says(t, true, "keepalived", "--config-test", "--log-console", "--use-file="+file)
		},
	}
}

// anInterface of this machine that carries addresses: keepalived refuses the loopback one.
func anInterface(t *testing.T) string {
	t.Helper()
	all, err := net.Interfaces()
	for _, i := range all {
		if err == nil && i.Flags&net.FlagLoopback == 0 && i.Flags&net.FlagUp != 0 {
			return i.Name
		}
	}
	return "eth0"
}

func unitOracle() oracle {
	return oracle{
		name: "etc/systemd/system/ours.service",
		text: `# ours
[Unit]
Description=a service
After=network.target

[Service]
Type=simple
ExecStart=/bin/true --a \
  --b
Restart=on-failure

[Install]
WantedBy=multi-user.target
`,
		mutations: [][2]string{
			{"ExecStart=", "Execstart="}, {"[Service]", "[Servce]"}, {"[Service]", "[Service"}, {"/bin/true", "bin/true"}, {"Restart=on-failure", "Restart=on-failure\nExecStart=/bin/false"},
			{"Restart=on-failure", "Restart"}, {"Description=", "Descripton="}, {"After=", "ExecStart="}, {"WantedBy=", "WantdBy="}, {"# ours", "Type=simple"}, {"Restart=", "RestartSecs="},
			{"[Install]", "[Socket]"}, {"Restart=on-failure", "Restart=onfailure"}, {"Type=simple", "Type=simpel"}, {"Type=simple", "KillMode=controlgroup"},
			{"Type=simple", "RestartSec=five"}, {"Type=simple", "RestartSec=5 parsecs"}, {"Type=simple", "TimeoutStartSec=1,5s"}, {"Type=simple", "NoNewPrivileges=maybe"},
			{"Type=simple", "NotifyAccess=everybody"}, {"Type=simple", "PrivateDevices="}, {"Type=simple", "RestartSec="}, {"After=network.target", "DefaultDependencies=nope"},
		},
		harmless: [][2]string{
			{"simple", "oneshot"}, {"# ours", "; ours"}, {"[Install]", "[X-Ours]\nA=b\n[Install]"}, {"Restart=", " Restart = "},
			{"ExecStart=/bin/true --a \\", "ExecStart=\nExecStart=/bin/true --a \\"}, {"Type=simple", "RestartSec=1min 30s"}, {"Type=simple", "RestartSec=1.5"}, {"Type=simple", "KillMode="},
			{"Type=simple", "TimeoutStartSec=infinity"}, {"Type=simple", "TimeoutStopSec=2h5m"}, {"Type=simple", "NoNewPrivileges=On"},
			{"Type=simple", "Type=notify\nNotifyAccess=main\nKillMode=mixed"}, {"Restart=on-failure", "Restart=always"},
		},
		refuses: verifyUnit,
	}
}

func verifyUnit(t *testing.T, file string) string {
	t.Helper()
	out := says(t, true, "systemd-analyze", "verify", "--man=no", file)
	if strings.Contains(out, "ours") {
		return "refused"
	}
	return ""
}

// dropInOracle: a drop-in is verified with its unit.
func dropInOracle() oracle {
	return oracle{
		name:      "etc/systemd/system/ours.service.d/10-ours.conf",
		text:      "[Service]\nExecStart=\nExecStart=/bin/true\nEnvironment=A=b\n",
		mutations: [][2]string{{"Environment=", "Enviroment="}, {"[Service]", "[Servic]"}, {"/bin/true", "bin/true"}, {"Environment=A=b", "ExecStart=/bin/false"}},
		harmless:  [][2]string{{"Environment=", "LimitNOFILE=1\nEnvironment="}},
		refuses: func(t *testing.T, file string) string {
			t.Helper()
			unit := strings.TrimSuffix(filepath.Dir(file), ".d")
			if err := os.WriteFile(unit, []byte("[Service]\nExecStart=/bin/true\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			return verifyUnit(t, unit)
		},
	}
}

func tmpfilesOracle() oracle {
	return oracle{
		name:      "etc/tmpfiles.d/ours.conf",
		text:      "# ours\nd /ours 0700 root root -\nf /ours/a 0600 root root - text\n",
		mutations: [][2]string{{"d /ours", "y /ours"}, {"d /ours 0", "d ours 0"}, {"0700", "rwx"}, {"0600", "9600"}},
		harmless:  [][2]string{{"0700", "-"}, {"d /ours", "d! /ours"}},
		refuses: func(t *testing.T, file string) string {
			return says(t, false, "systemd-tmpfiles", "--create", "--root="+t.TempDir(), file)
		},
	}
}

func sysusersOracle() oracle {
	return oracle{
		name:      "etc/sysusers.d/ours.conf",
		text:      "# ours\nu ours - \"a user\" /nonexistent\ng theirs -\nm ours theirs\n",
		mutations: [][2]string{{"u ours", "x ours"}, {"g theirs -", "g"}, {"m ours theirs", "m ours"}},
		harmless:  [][2]string{{"# ours", ""}},
		refuses: func(t *testing.T, file string) string {
			if says(t, false, "systemd-sysusers", "--dry-run", "--root="+t.TempDir(), file) != "" {
				return "refused"
			}
			return ""
		},
	}
}

func corefileOracle(t *testing.T) oracle {
	t.Helper()
	program := filepath.Join(testtool.Set(t, "coredns"), "coredns")
	return oracle{
		name: "Corefile",
		text: `.:15353 {
    errors
    cache 30 {
        success 100
    }
    forward . 127.0.0.1
}
example.org:15353 {
    whoami # ours
}
`,
		mutations: [][2]string{
			{"errors", "erors"}, {"cache 30 {", "cach 30 {"}, {"        success 100\n    }", "        success 100"}, {"example.org:15353", ".:15353"},
			{"    forward", "    nobody-knows-it\n    forward"}, {"success 100", "succes 100"},
		},
		harmless: [][2]string{{"example.org:15353", "example.org:15354"}, {"\n", "\r\n"}, {"example.org:15353 {", "example.org:15353, example.com:15353 {"}},
		missed:   map[string]string{"succes 100": "what stands in the block of a plugin is the plugin's own"},
		refuses: func(t *testing.T, file string) string {
			t.Helper()
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			cmd := exec.CommandContext(ctx, program, "-conf", file) // #nosec G204 -- a test's own program
			out, err := cmd.StdoutPipe()
			if err != nil || cmd.Start() != nil {
				t.Fatal(err)
			}
			verdict := "refused"
			for s := bufio.NewScanner(out); s.Scan(); {
				if strings.HasPrefix(s.Text(), "CoreDNS-") {
					verdict = "" // It serves.
					cancel()
				}
			}
			_ = cmd.Wait() // It was killed, or has said what it had to say.
			return verdict
		},
	}
}
