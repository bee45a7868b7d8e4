#!/bin/sh
# Stands in for systemctl on a host where no systemd runs. The real one makes the links of units that are enabled. What is to
# start is noted, and the test starts it; so it does with a kubelet that is ended here.
set -eu
now=
for word; do
	shift
	case $word in
	--no-block) ;;
	--now) now=yes ;;
	*) set -- "$@" "$word" ;;
	esac
done
verb=$1
shift

note() { for unit; do echo "${unit%.service}.service" >>/starting; done; }

case $verb in
daemon-reload) ;;
enable | preset)
	/usr/bin/systemctl "$verb" "$@"
	[ -z "$now" ] || note "$@"
	;;
is-enabled) exec /usr/bin/systemctl is-enabled "$@" ;;
show) # To Ansible.
	echo LoadState=loaded
	echo ActiveState=inactive
	;;
start) note "$@" ;;
stop) for unit; do pkill -x "${unit%.service}" || :; done ;;
restart)
	if [ "$*" != kubelet.service ] || ! old=$(pgrep -x kubelet); then
		note "$@"
		exit
	fi
	touch /kubelet.restarts
	kill "$old"
	while kill -0 "$old" 2>/dev/null; do sleep 0.1; done
	;;
*)
	echo "no systemd runs here: systemctl $verb $*" >&2
	exit 1
	;;
esac
