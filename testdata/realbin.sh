#!/bin/sh
# Builds the programs of one module beside this script (kubernetes, etcd,
# coredns, tools: whatever its go.mod calls a tool, and its own) as static
# binaries and prints the folder they lie in. The folder's name carries a hash
# of all that decides its contents, so a second call only prints it.
#
#   realbin.sh SET          e.g. PATH="$(testdata/realbin.sh tools):$PATH"
#   realbin.sh SET MINOR    with the requirements of MINOR.mod, e.g. versions 1.36
set -eu

set_name=${1:?usage: realbin.sh SET [MINOR]}
module=$(cd "$(dirname "$0")/$set_name" && pwd)
requirements=${2:-go}
[ -f "$module/$requirements.mod" ] || {
	echo "realbin: there is no $set_name/$requirements.mod" >&2
	exit 1
}
cache=${HARENDER_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/harender}

flags='-s -w'
if [ "$set_name" = kubernetes ]; then
	# The components refuse to talk to, or report, a version they do not know;
	# the release process stamps it in the same way.
	version=$(cd "$module" && go list -m -f '{{.Version}}' k8s.io/kubernetes)
	major_minor=${version#v}
	stamp=k8s.io/component-base/version
	flags="$flags -X $stamp.gitVersion=$version -X $stamp.gitTreeState=clean"
	flags="$flags -X $stamp.gitMajor=${major_minor%%.*}"
	major_minor=${major_minor#*.}
	flags="$flags -X $stamp.gitMinor=${major_minor%%.*}"
fi

hash=$({
	cat "$module/$requirements.mod" "$module/$requirements.sum"
	find "$module" -name '*.go' | LC_ALL=C sort | xargs -r cat
	go version
	echo "$flags"
} | sha256sum | cut -c1-16)
out=$cache/$set_name${2:+-$2}-$hash

if [ ! -d "$out" ]; then
	mkdir -p "$cache"
	partial=$(mktemp -d "$out.XXXXXX")
	trap 'rm -rf "$partial"' EXIT
	echo "building the programs of $set_name${2:+ $2} (minutes the first time, then kept in $cache)" >&2
	packages=tool
	[ -z "$(find "$module" -name '*.go')" ] || packages='./... tool'
	# shellcheck disable=SC2086 # two words
	(cd "$module" && CGO_ENABLED=0 go build -modfile="$requirements.mod" -trimpath -ldflags "$flags" -o "$partial/" $packages) >&2
	chmod 755 "$partial"
	# etcd's main package lies in a folder called server.
	[ ! -f "$partial/server" ] || mv "$partial/server" "$partial/etcd"
	# Anyone who finished first has made the same bytes.
	mv -T "$partial" "$out" 2>/dev/null || [ -d "$out" ]
fi
echo "$out"
