#!/bin/sh
# Opens the sealed files of this node with its own key. Usage: unseal.sh disk|memory [ROOT]
#
# etc/harender/sealed.list has a line for each: the SHA-256 of PATH.sops, mode, owner, group, PATH. The key is the SSH host key,
# or the age identities in etc/harender/age-key.txt; the variables of sops go before both, and whatever else sops can use, it uses.
# disk: PATH is a file. What was opened once is not opened again. memory: PATH shows a file that lies in the tmpfs /run.
set -eu
umask 077

keep=$1
root=${2-}
list=$root/etc/harender/sealed.list
opened=$root/var/lib/harender/opened.list
memory=$root/run/harender/keys

on_disk() {
	cmp -s "$list" "$opened" || return 1
	while read -r _ _ _ _ path; do
		[ -e "$root/$path" ] || return 1
	done <"$list"
}

new_file() {
	case $keep in
	disk) echo "$(dirname "$root/$1")/.harender.$(basename "$1").new" ;;
	memory) echo "$memory/$1.new" ;;
	*) echo "unseal: $keep is neither disk nor memory" >&2 && return 1 ;;
	esac
}

clean() {
	while read -r _ _ _ _ path; do rm -f "$(new_file "$path")"; done <"$list"
}

if [ "$keep" = disk ] && on_disk; then
	exit 0
fi
trap clean EXIT
if [ -z "$root" ] && [ -d /etc/sysusers.d ]; then
	systemd-sysusers # The owners of the files.
fi
ssh=$root/etc/ssh/ssh_host_ed25519_key
age=$root/etc/harender/age-key.txt
if [ -z "${SOPS_AGE_SSH_PRIVATE_KEY_FILE-}" ] && [ -r "$ssh" ]; then
	export SOPS_AGE_SSH_PRIVATE_KEY_FILE="$ssh"
fi
if [ -z "${SOPS_AGE_KEY_FILE-}" ] && [ -r "$age" ]; then
	export SOPS_AGE_KEY_FILE="$age"
fi

# First all of them are opened, and then all take their places.
while read -r sum mode owner group path; do
	from=$root/$path.sops
	if ! echo "$sum  $from" | sha256sum --check --status; then
		echo "unseal: $from is not the file that $list came with" >&2
		exit 1
	fi
	new=$(new_file "$path")
	mkdir -p "$(dirname "$new")"
	rm -f "$new"
	sops decrypt --input-type binary --output-type binary --output "$new" "$from" </dev/null
	chown "$owner:$group" "$new"
	chmod "$mode" "$new"
done <"$list"

rm -f "$opened"
while read -r _ _ _ _ path; do
	new=$(new_file "$path")
	place=$root/$path
	while umount "$place" 2>/dev/null; do :; done # What an earlier run showed there.
	if [ "$keep" = disk ]; then
		mv -f "$new" "$place"
	else
		mv -f "$new" "$memory/$path"
		rm -f "$place"
		: >"$place"
		mount --bind "$memory/$path" "$place"
	fi
done <"$list"
if [ "$keep" = disk ]; then
	mkdir -p "$(dirname "$opened")"
	cp "$list" "$opened"
fi
