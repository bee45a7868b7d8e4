#!/bin/bash
# Asks the programs for the keywords of their configuration, and writes lib/versions/text/NAME.json. It needs systemd, haproxy
# and keepalived with their manuals, and the CoreDNS of testdata/coredns.
#
#   collect.sh FOLDER
set -euo pipefail
out=${1:?usage: collect.sh FOLDER}
here=$(cd "$(dirname "$0")" && pwd)

# list quotes the lines of its input, each once.
list() { LC_ALL=C sort -u | sed 's/.*/"&"/' | paste -sd, -; }

# section of a dump with headings.
section() { awk -v want="$1" '/^\[/ {on = ($0 == "[" want "]"); next} on && /=/ {sub(/=.*/, ""); print}' <<<"$dump"; }

# typed are the directives of a section whose values are of a type.
typed() { awk -v want="$1" -v type="$2" '/^\[/ {on = ($0 == "[" want "]"); next} on && sub("=" type "$", "")' <<<"$dump"; }

dump=$(/lib/systemd/systemd --dump-configuration-items)
{
	printf '{\n  "source": "%s: systemd --dump-configuration-items",\n  "sections": {\n' "$(systemctl --version | sed -n '1s/ (.*//p')"
	separator=
	for name in $(grep -o '^\[.*\]' <<<"$dump" | tr -d '[]' | awk '!seen[$0]++'); do
		printf '%s    "%s": [%s]' "$separator" "$name" "$(section "$name" | list)"
		separator=$',\n'
	done
	printf '\n  },\n  "types": {\n'
	separator=
	for name in $(grep -o '^\[.*\]' <<<"$dump" | tr -d '[]' | awk '!seen[$0]++'); do
		of=
		for type in ACCESS BOOLEAN KILLMODE SECONDS SERVICERESTART SERVICETYPE; do
			keys=$(typed "$name" "$type" | list)
			[ "$keys" = '' ] || of="$of${of:+, }\"$type\": [$keys]"
		done
		[ "$of" = '' ] || { printf '%s    "%s": {%s}' "$separator" "$name" "$of" && separator=$',\n'; }
	done
	printf '\n  }\n}\n'
} >"$out/systemd.json"

coredns=$("$here/../realbin.sh" coredns)/coredns
{
	printf '{\n  "source": "%s: coredns -plugins",\n' "$("$coredns" -version | head -n 1)"
	# Later than the oldest CoreDNS that a minor here deploys: the first release whose plugin.cfg has the plugin.
	printf '  "since": {"multisocket":"1.12.0","quic":"1.12.2","nomad":"1.13.0","grpc_server":"1.14.0","https":"1.14.0","https3":"1.14.0","proxyproto":"1.14.3"},\n'
	printf '  "words": [%s]\n}\n' "$("$coredns" -plugins | tr -s ' \t' '\n\n' | sed 's/^dns\.//' | grep -v '^$' | list)"
} >"$out/coredns.json"

# The manual has what the registry has not: the words of before there was one.
manual=$(zcat /usr/share/doc/haproxy/configuration.txt.gz)
words() {
	haproxy -dKcfg -q -c -f /dev/null 2>&1 | awk '/^\t/ {print $1}'
	awk '/^3\. +Global parameters/ {n++} /^4\. +Proxies/ {n = 0} n && /^ - [a-z]/ {print $2} n && /^[a-z]/ {print $1}' <<<"$manual"
	awk '/^4\.1\. +Proxy keywords matrix/ {n++} /^5\. +Bind/ {n = 0} n && /^[a-z]/ {print $1}' <<<"$manual"
	awk '/^3\.[0-9]+\. / {n = 1} /^4\. +Proxies/ {n = 0} n && /^[a-z]/ {print $1}' <<<"$manual"
	# Sections that the manual has elsewhere, and their words.
	awk '/^5\.3\.2\. +The resolvers section/ {n++} /^6\. +Cache/ {n = 0} n && /^[a-z]/ {print $1}' <<<"$manual"
	awk '/^6\.2\. +Setup/ {n++} /^7\. +Using ACLs/ {n = 0} n && /^[a-z]/ {print $1}' <<<"$manual"
}
{
	printf '{\n  "source": "haproxy %s: -dKcfg, and configuration.txt",\n' "$(haproxy -v | sed -n '1s/.*version \([0-9.]*\).*/\1/p')"
	printf '  "words": [%s]\n}\n' "$(words | grep -xE '[a-z0-9][a-z0-9._-]*' | list)"
} >"$out/haproxy.json"

# What the manual shows and the program has: a linker keeps one text for two of which one ends in the other.
{
	printf '{\n  "source": "keepalived %s: keepalived.conf(5), and the texts of the program",\n' "$(keepalived -v 2>&1 | sed -n '1s/.* v\([0-9.]*\) .*/\1/p')"
	texts=$(strings -n 3 "$(command -v keepalived)" | grep -xE '[A-Za-z_][A-Za-z0-9_]*' | LC_ALL=C sort -u)
	manual=$(zcat /usr/share/man/man5/keepalived.conf.5.gz)
	printf '  "words": [%s]\n}\n' "$({
		grep -oE '^ *(\\fB)?[A-Za-z_][A-Za-z0-9_]+' <<<"$manual" | sed 's/^ *//; s/\\fB//'
		grep -oE '[A-Za-z0-9]+_[A-Za-z0-9_]+' <<<"$manual"
	} | LC_ALL=C sort -u | while read -r word; do
		! grep -qE "$word\$" <<<"$texts" || echo "$word"
	done | cat - <(grep -xE '[a-z]+_[a-z_]+' <<<"$texts") | list)"
} >"$out/keepalived.json"
