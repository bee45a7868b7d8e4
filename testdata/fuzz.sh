#!/bin/sh
# Runs every fuzz target of the program for a while: testdata/fuzz.sh DURATION, as go test takes it. What it finds stands
# below the testdata/fuzz of its package: commit it with the mend, and go test runs it from then on.
set -eu
cd "$(dirname "$0")/.."
duration=${1:-5m}
grep -rl '^func Fuzz' --include='*_test.go' cmd internal | sort | while read -r file; do
	sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\)(.*/\1/p' "$file" | while read -r target; do
		echo "fuzz: $target of $(dirname "$file") for $duration"
		go test "./$(dirname "$file")" -run '^$' -fuzz "^$target\$" -fuzztime "$duration" </dev/null
	done
done
echo "fuzz: all hostile strings in all fields of the spec"
HARENDER_THOROUGH=1 go test ./internal/repository -run '^TestHostileSpec$' -count=1 -v -timeout 2h
