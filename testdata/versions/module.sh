#!/bin/sh
# Writes MINOR.mod and MINOR.sum: the requirements of the programs here for one release of Kubernetes, and for the etcd
# that its kubeadm starts.
#
#   module.sh 1.36.3
set -eu

version=${1:?usage: module.sh RELEASE}
cd "$(dirname "$0")"
minor=${version%.*}
# Example modules, which nothing compiles. Not every release of them can be had.
samples=v0.36.3

of() { # of FIELD MODULE@VERSION
	go mod download -json "$2" | sed -n "s/^\t\"$1\": \"\(.*\)\",*$/\1/p"
}
kubernetes=$(of Dir "k8s.io/kubernetes@v$version")
constants=$kubernetes/cmd/kubeadm/app/constants/constants.go
etcd=$(sed -n 's/^\tDefaultEtcdVersion = "\(.*\)-.*"$/v\1/p' "$constants")

{
	cat <<-EOF
		// Kubernetes $version and its etcd. Made by module.sh.
		module github.com/harender/harender/testdata/versions

		go 1.26.0

		require (
			k8s.io/kubernetes v$version
			go.etcd.io/etcd/server/v3 $etcd
		)

		tool go.etcd.io/etcd/server/v3

		// The release's own go.mod points at its staging folders, which a published
		// module does not carry; each has a published twin.
	EOF
	sed -n "s|^\t\(k8s.io/[a-z-]*\) => ./staging/.*|replace \1 => \1 v0.${version#*.}|p" "$kubernetes/go.mod" |
		sed "s|^\(replace k8s.io/sample-.*\) v.*|\1 $samples|"
} >"$minor.mod"
: >"$minor.sum"
go mod tidy -modfile="$minor.mod"
