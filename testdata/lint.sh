#!/bin/sh
# Lints the whole repository. The programs that it takes are pinned by the modules lint and vulncheck beside this script.
set -eu
cd "$(dirname "$0")/.."

fail() {
	echo "lint: $1" >&2
	exit 1
}

unformatted=$(gofmt -l .)
[ -z "$unformatted" ] || fail "run gofmt -w on: $(echo "$unformatted" | tr '\n' ' ')"
go vet -tags e2e ./...
go mod tidy -diff || fail 'run go mod tidy'

tools=$(testdata/realbin.sh lint)
unformatted=$(find base lib overlays internal testdata -name '*.*sonnet' -exec sh -c '"$0" --test "$1" >&2 || echo "$1"' "$tools/jsonnetfmt" {} \;)
[ -z "$unformatted" ] || fail "run jsonnetfmt -i on: $(echo "$unformatted" | tr '\n' ' ')"
"$tools/golangci-lint" run

# Without its database, which comes from the network, govulncheck can say nothing. What it finds is a failure.
tools=$(testdata/realbin.sh vulncheck)
if ! found=$("$tools/govulncheck" ./cmd/harender 2>&1); then
	case $found in
	*'fetching vulnerabilities'*) echo "lint: no look-up of known vulnerabilities: ${found#govulncheck: }" ;;
	*) fail "$found" ;;
	esac
fi
