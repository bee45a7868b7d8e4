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
index=$root/var/lib/harender/index.json
opened=$root/var/lib/harender/opened
memory=$root/run/harender/keys

fail() {
	echo "unseal: $1" >&2
	exit 1
}

on_disk() {
	[ "$(cat "$opened.disk" 2>/dev/null)" = "$(cat "$list")" ] || return 1
	while read -r _ _ _ _ path; do
		[ -f "$root/$path" ] || return 1
	done <"$list"
}

new_file() {
	if [ "$keep" = disk ]; then
		echo "$(dirname "$root/$1")/.harender.$(basename "$1").new"
	else
		echo "$memory/$1.new"
	fi
}

clean() {
	while read -r _ _ _ _ path; do rm -f "$(new_file "$path")"; done <"$list"
}

# What an earlier run showed there goes; anyone who reads it reads on.
unshow() {
	while umount -l "$1" 2>/dev/null; do :; done
}

show() {
	unshow "$2"
	# An empty file stays: in its place, a pod that runs goes on to see the key that it started with.
	if [ ! -f "$2" ] || [ -s "$2" ]; then
		rm -f "$2"
		: >"$2"
	fi
	mount -o bind "$1" "$2"
}

case $keep in disk | memory) ;; *) fail "$keep is neither disk nor memory" ;; esac
# A machine that went down while it got its files may have one of them cut off.
if [ "$(grep -c '"sealed": true' "$index")" != "$(wc -l <"$list")" ]; then
	fail "$list and $index are not of the same files: bring them again"
fi
if [ "$keep" = disk ] && on_disk; then
	exit 0
fi
trap clean EXIT
trap 'exit 1' HUP INT TERM
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
	[ "$(sha256sum <"$from")" = "$sum  -" ] || fail "$from is not the file that $list came with"
	[ ! -d "$root/$path" ] || fail "$root/$path is a directory: remove it"
	new=$(new_file "$path")
	mkdir -p "$(dirname "$new")"
	rm -f "$new"
	sops decrypt --input-type binary --output-type binary --output "$new" "$from" </dev/null
	chown "$owner:$group" "$new"
	chmod "$mode" "$new"
done <"$list"

# What was opened before, and is not of the node any more, goes.
for old in "$opened.disk" "$opened.memory"; do
	[ -e "$old" ] || continue
	while read -r _ _ _ _ path; do
		grep -qF "\"path\": \"$path\"" "$index" && continue
		unshow "$root/$path"
		rm -f "$root/$path" "$memory/$path"
	done <"$old"
	rm "$old"
done

while read -r _ _ _ _ path; do
	new=$(new_file "$path")
	if [ "$keep" = disk ]; then
		unshow "$root/$path"
		mv -f "$new" "$root/$path"
	else
		mv -f "$new" "$memory/$path"
		show "$memory/$path" "$root/$path"
	fi
done <"$list"
sync # What is said to be opened is so after a power failure too.
cp "$list" "$opened.$keep"
