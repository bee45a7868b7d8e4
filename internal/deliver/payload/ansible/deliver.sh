#!/bin/sh
# Brings the files of an archive to their places, and removes what an earlier one brought and this one does not. Prints what it did,
# and which units and static pods must restart: those of a run that failed, too, until somebody removes
# var/lib/harender/restart.list. Usage: deliver.sh ARCHIVE OWNERS [ROOT [look|do [PATH...]]], where OWNERS is true or false. With look,
# it only prints what it would do. Files of each PATH stay as they are, for a later run.
#
# The archive's var/lib/harender/delivered.list has a line for each file: SHA-256, mode, owner, group, path, what restarts.
set -eu
umask 022

archive=$1
owners=$2
root=${3-}
look=${4-}
[ "$look" = look ] || look=
if [ "$#" -gt 4 ]; then shift 4; else set --; fi
held=" $* "
delivered=$root/var/lib/harender/delivered.list

from=$(mktemp -d)
trap 'rm -rf "$from"' EXIT
trap 'exit 1' HUP INT TERM
tar --extract --no-same-owner --file "$archive" --directory "$from"
list=$from/var/lib/harender/delivered.list
pending=$root/var/lib/harender/restart.list
if [ -n "$look" ]; then
	[ ! -e "$pending" ] || cp "$pending" "$from/restart.list"
	pending=$from/restart.list
fi
first=true
if [ -e "$delivered" ] || [ -e "$root/var/lib/harender/index.json" ]; then first=false; fi

is_there() {
	[ "$(sha256sum 2>/dev/null <"$1")" = "$2  -" ] && [ "0$(stat -c %a "$1")" = "$3" ] || return 1
	[ "$owners" = false ] || [ "$(stat -c %U:%G "$1")" = "$4" ]
}

# A file takes its place by being renamed, from a name that the kubelet passes over.
bring() {
	new=$(dirname "$root/$4")/.harender.new
	mkdir -p "$(dirname "$new")"
	if [ "$owners" = true ]; then
		install -m "$1" -o "$2" -g "$3" "$from/$4" "$new"
	else
		install -m "$1" "$from/$4" "$new"
	fi
	mv -f -T "$new" "$root/$4" # Not into a directory of that name.
}

# On a new machine, all starts with what is there; so does a static pod whose manifest is still to come.
runs() {
	case $1 in
	*.*) [ "$first" = false ] ;;
	*) [ -e "$root/etc/kubernetes/manifests/$1.yaml" ] ;;
	esac
}

# Sealed files are named without the end of their names.
is_held() {
	case $held in
	*" ${1%.sops} "*) return 0 ;;
	esac
	return 1
}

while read -r sum mode owner group path restarts; do
	if [ -f "$root/$path" ] && [ ! -L "$root/$path" ] && is_there "$root/$path" "$sum" "$mode" "$owner:$group"; then
		continue
	fi
	if is_held "$path"; then continue; fi
	for name in $restarts; do
		! runs "$name" || echo "restart $name" >>"$pending"
	done
	if [ -n "$look" ]; then
		echo "would bring $path"
		continue
	fi
	bring "$mode" "$owner" "$group" "$path"
	echo "brought $path"
done <"$list"

if [ -f "$delivered" ]; then
	awk 'NR == FNR { now[$5] = 1; next } !($5 in now) { print $5 }' "$list" "$delivered" | while read -r path; do
		if is_held "$path"; then continue; fi
		if [ -n "$look" ]; then
			echo "would remove $path"
			continue
		fi
		rm -f "$root/$path"
		echo "removed $path"
	done
fi
# What was held is still to come or to go: the next run compares with what there was before.
[ -n "$look" ] || [ "$#" -gt 0 ] || cp "$list" "$delivered"
[ ! -e "$pending" ] || sort -u "$pending"
