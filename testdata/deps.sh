#!/bin/sh
# Makes sure that programs are on this machine. Where it may, it installs the Debian packages that have those which are
# missing; else it names them in one line.
#
#   deps.sh WHAT PROGRAM:PACKAGE...     e.g. deps.sh 'make test' openssl:openssl
set -eu

what=${1:?usage: deps.sh WHAT PROGRAM:PACKAGE...}
shift

PATH=$PATH:/usr/sbin:/sbin
missing=
for entry; do
	command -v "${entry%%:*}" >/dev/null 2>&1 || missing="$missing ${entry#*:}"
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
	echo "installing$missing" >&2
	apt-get update -qq >&2
	# shellcheck disable=SC2086 # a list of packages
	DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $missing >&2
else
	echo "$what needs these Debian packages, or what has the same programs elsewhere:$missing" >&2
	exit 1
fi
