package vault

import (
	"net"
	"testing"
)

// listen gives the address of a listener on loopback that reports every connection.
func listen(t *testing.T, contacted chan<- struct{}) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			contacted <- struct{}{}
			_ = conn.Close()
		}
	}()
	return l.Addr().String()
}
