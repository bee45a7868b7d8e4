//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"net/netip"
)

// bridge is the nodes' network. It has an address of its own, which is every host's default route: a kubelet looks for
// one, and the test's own requests leave from there. No name server answers at it.
const bridge = "hr-lan"

// makeLAN brings up the bridge with the first address of the nodes' network.
func makeLAN(ctx context.Context, network netip.Prefix) error {
	return runAll(ctx, here,
		"ip link add "+bridge+" type bridge",
		fmt.Sprintf("ip addr add %s dev %s", gateway(network), bridge),
		"ip link set "+bridge+" up",
	)
}

// gateway is the bridge's address with the length of the network's prefix.
func gateway(network netip.Prefix) netip.Prefix {
	return netip.PrefixFrom(network.Masked().Addr().Next(), network.Bits())
}

// plug connects a host: eth0 inside, an interface of the host's name on the bridge.
func plug(ctx context.Context, h *host, network netip.Prefix) error {
	err := runAll(ctx, here,
		fmt.Sprintf("ip link add %s type veth peer name eth0 netns %d", h.port(), h.pid()),
		fmt.Sprintf("ip link set %s master %s up", h.port(), bridge),
	)
	if err != nil {
		return err
	}
	return runAll(ctx, h.command,
		"ip link set lo up",
		fmt.Sprintf("ip addr add %s/%d dev eth0", h.node.Address, network.Bits()),
		"ip link set eth0 up",
		fmt.Sprintf("ip route add default via %s", gateway(network).Addr()),
	)
}
