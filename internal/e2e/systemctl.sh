#!/bin/sh
# Stands in for systemctl on a host where no systemd runs. The test starts a kubelet again that was ended here.
set -eu
case "$*" in
daemon-reload) ;;
"restart kubelet.service")
	old=$(pgrep -x kubelet)
	touch /kubelet.restarts
	kill "$old"
	while kill -0 "$old" 2>/dev/null; do sleep 0.1; done
	;;
*)
	echo "no systemd runs here: systemctl $*" >&2
	exit 1
	;;
esac
