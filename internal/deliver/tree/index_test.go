package tree_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/harender/harender/internal/deliver/tree"
)

const indexM1 = `{
  "apiVersion": "harender.io/v1alpha1",
  "kind": "NodeIndex",
  "node": "m1",
  "files": [
    {
      "path": "etc/a+b",
      "mode": "0644",
      "owner": "root",
      "group": "root",
      "sha256": "3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d",
      "sealed": false,
      "restarts": []
    },
    {
      "path": "etc/key",
      "mode": "0600",
      "owner": "root",
      "group": "root",
      "sha256": "HASH",
      "sealed": true,
      "restarts": [
        "etcd",
        "kubelet"
      ]
    }
  ]
}
`

func TestIndex(t *testing.T) {
	made, err := tree.New(map[string][]tree.File{"m1": {sealedFile("etc/key"), clearFile("etc/a+b", "b")}}, tree.Shared{Addons: []tree.File{clearFile("x", "")}, Cloud: []tree.File{clearFile("y", "")}})
	if err != nil {
		t.Fatal(err)
	}
	x := made.Index("m1")
	got, err := x.Encode()
	if want := strings.Replace(indexM1, "HASH", x.Files[1].SHA256, 1); err != nil || string(got) != want {
		t.Errorf("%v, got\n%s\nwant\n%s", err, got, want)
	}
	read, err := tree.ReadIndex("m1.index.json", got)
	if err != nil || !reflect.DeepEqual(read, x) {
		t.Errorf("read back: %v %+v", err, read)
	}
	if f := read.Files[1]; f.Stored() != "etc/key.sops" || f.Mode != 0o600 {
		t.Errorf("%+v", f)
	}
	if pool := made.With(map[string]tree.Node{"m1": {Pool: "web"}}).Index("m1").Pool; pool != "web" {
		t.Errorf("the pool is %q", pool)
	}
	addons, err := made.Index(tree.Addons).Encode()
	if err != nil || !strings.Contains(string(addons), `"kind": "AddonsIndex",`+"\n"+`  "files"`) {
		t.Errorf("%v %s", err, addons)
	}
	if _, err := tree.ReadIndex("addons.index.json", addons); err != nil {
		t.Error(err)
	}
	cloud, err := made.Index(tree.Cloud).Encode()
	if err != nil || !strings.Contains(string(cloud), `"kind": "CloudIndex",`+"\n"+`  "files"`) {
		t.Errorf("%v %s", err, cloud)
	}
	if _, err := tree.ReadIndex("cloud.index.json", cloud); err != nil {
		t.Error(err)
	}
	if _, err := tree.ReadIndex("cloud.index.json", addons); err == nil {
		t.Error("the index of the addons passes for that of the cloud")
	}
}

func TestReadIndexRefuses(t *testing.T) {
	valid := strings.Replace(indexM1, "HASH", strings.Repeat("0", 64), 1)
	tests := []struct{ name, old, new, want string }{
		{"conflict", `  "kind"`, "<<<<<<< HEAD\n  \"kind\"", "invalid character"},
		{"another key", `"kind"`, `"kid"`, "unknown field"},
		{"another node", `"node": "m1"`, `"node": "m2"`, `and "m2", not`},
		{"another kind", "NodeIndex", "AddonsIndex", "AddonsIndex"},
		{"another version", "v1alpha1", "v2", "v2"},
		{"more after it", "\n}\n", "\n}\n{}\n", "after the end"},
		{"path up", "etc/a+b", "../../.git/config", "not clean"},
		{"path twice", "etc/key", "etc/A+b", "twice"},
		{"short hash", "3e23", "", "no SHA-256"},
		{"odd pool", `"files"`, `"pool": "a b", "files"`, `"a b" is no name of a pool`},
		{"odd machine", `"files"`, `"machine": "a b", "files"`, `"a b" is no word for a machine`},
		{"no state", `"files"`, `"etcd": {"initialClusterState": "", "initialCluster": ["m1=https://10.0.0.1:2380"]}, "files"`, `etcd begins with the state "" and 1 members`},
		{"no peers", `"files"`, `"etcd": {"initialClusterState": "new", "initialCluster": []}, "files"`, `etcd begins with the state "new" and 0 members`},
		{"odd peer", `"files"`, `"etcd": {"initialClusterState": "new", "initialCluster": ["m1=http://10.0.0.1:2380"]}, "files"`, `is no member of etcd and its URL`},
		{"odd mode", "0644", "644", "four octal digits"},
		{"large mode", "0644", "4755", "four octal digits"},
		{"no mode", "0644", "0000", "not made of permission bits"},
		{"odd owner", `"owner": "root"`, `"owner": "root root"`, `etc/a+b: owner "root root" and group "root" must be`},
		{"no group", `"group": "root"`, `"group": ""`, "must be names of accounts"},
		{"odd unit", `"restarts": []`, `"restarts": ["a\\nb"]`, `"a\\nb" is no name of a static pod or a unit`},
		{"sealed in the clear", "etc/a+b", "etc/a.sops", "kept for sealed files"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			data := strings.Replace(valid, test.old, test.new, 1)
			_, err := tree.ReadIndex("m1.index.json", []byte(data))
			if err == nil || !strings.Contains(err.Error(), test.want) || !strings.HasPrefix(err.Error(), "m1.index.json: ") {
				t.Errorf("got %v, want m1.index.json: ... %s", err, test.want)
			}
		})
	}
	if _, err := tree.ReadIndex("m1.index.json", []byte(valid)); err != nil {
		t.Error(err)
	}
	odd := strings.Replace(valid, `"node": "m1"`, `"node": "m 1"`, 1)
	if _, err := tree.ReadIndex("m 1.index.json", []byte(odd)); err == nil || !strings.Contains(err.Error(), "no DNS-1123 subdomain") {
		t.Errorf("an odd name of a node: %v", err)
	}
}

// Whatever an index admits can be encoded and read again, and leads nowhere else.
func FuzzReadIndex(f *testing.F) {
	f.Add([]byte(strings.Replace(indexM1, "HASH", strings.Repeat("0", 64), 1)))
	f.Add([]byte(`{"apiVersion":"harender.io/v1alpha1","kind":"NodeIndex","node":"m1","files":null}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		x, err := tree.ReadIndex("m1.index.json", data)
		if err != nil {
			return
		}
		for _, file := range x.Files {
			if strings.HasPrefix(file.Path, "/") || strings.Contains("/"+file.Path+"/", "/../") {
				t.Errorf("admits %q", file.Path)
			}
		}
		again, err := x.Encode()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tree.ReadIndex("m1.index.json", again); err != nil {
			t.Errorf("%v\n%s", err, again)
		}
	})
}
