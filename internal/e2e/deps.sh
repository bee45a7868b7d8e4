#!/bin/sh
# Checks that the programs which the boot proof takes from this machine are there. Where it may, it installs what is
# missing; else it says so in one line.
set -eu

wanted='
containerd:containerd
runc:runc
nft:nftables
iptables:iptables
ip:iproute2
haproxy:haproxy
keepalived:keepalived
conntrack:conntrack
curl:curl
dash:dash
nsenter:util-linux
/usr/lib/cni/ptp:containernetworking-plugins
'

missing=
for entry in $wanted; do
	command -v "${entry%%:*}" >/dev/null 2>&1 || missing="$missing ${entry#*:}"
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
	echo "installing$missing" >&2
	apt-get update -qq >&2
	# shellcheck disable=SC2086 # a list of packages
	DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $missing >&2
else
	echo "make e2e needs these Debian packages:$missing" >&2
	exit 1
fi
