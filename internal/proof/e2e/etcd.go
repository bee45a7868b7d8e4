//go:build e2e

package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"net/netip"
	"net/url"
	"os/exec"
	"path/filepath"
	"strings"
)

// etcdctl asks the members on masters, with the client certificate that lies on the first of them.
func etcdctl(ctx context.Context, programs string, masters []*host, argv ...string) *exec.Cmd {
	var endpoints []string
	for _, h := range masters {
		endpoints = append(endpoints, fmt.Sprintf("https://%s:2379", h.node.Address))
	}
	pki := filepath.Join(masters[0].view(), etcdPKI)
	argv = append(argv, "--command-timeout=2s", "--endpoints="+strings.Join(endpoints, ","),
		"--cacert="+filepath.Join(pki, "ca.pem"), "--cert="+filepath.Join(pki, "client.pem"), "--key="+filepath.Join(pki, "client-key.pem"))
	return here(ctx, append([]string{filepath.Join(programs, "etcdctl")}, argv...)...)
}

// checkEtcd wants every member healthy.
func checkEtcd(ctx context.Context, programs string, masters []*host) error {
	_, err := run(etcdctl(ctx, programs, masters, "endpoint", "health"))
	return err
}

// etcdLeader gives the name of the host whose member leads.
func etcdLeader(ctx context.Context, programs string, masters []*host) (string, error) {
	out, err := run(etcdctl(ctx, programs, masters, "endpoint", "status", "--write-out=json"))
	if err != nil {
		return "", err
	}
	var members []struct {
		Endpoint string
		Status   struct {
			Header struct {
				MemberID uint64 `json:"member_id"`
			}
			Leader uint64
		}
	}
	if err := json.Unmarshal([]byte(out), &members); err != nil {
		return "", err
	}
	for _, m := range members {
		if m.Status.Header.MemberID == m.Status.Leader {
			return nameAt(m.Endpoint, masters)
		}
	}
	return "", fmt.Errorf("no member of %d leads", len(members))
}

// nameAt gives the name of the host that has the address in a URL.
func nameAt(endpoint string, hosts []*host) (string, error) {
	u, err := url.Parse(endpoint)
	if err != nil {
		return "", err
	}
	address, err := netip.ParseAddr(u.Hostname())
	if err != nil {
		return "", err
	}
	for _, h := range hosts {
		if h.node.Address == address {
			return h.node.Name, nil
		}
	}
	return "", fmt.Errorf("no host has the address %s", address)
}
