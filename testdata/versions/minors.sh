#!/bin/sh
# Prints the minors of Kubernetes that there are requirements for here, the oldest first.
set -eu
cd "$(dirname "$0")"
for file in 1.*.mod; do
	echo "${file%.mod}"
done | sort -V
