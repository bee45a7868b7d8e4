# make demo: build the program, make an example cluster, build it, show the tree.
# make test: all tests but the boot proof. make e2e: boot real clusters, as root. make bench: ratios against a floor. make fuzz: an hour of hostile input.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := bin
export CGO_ENABLED ?= 0

BUILD := .build
BIN := $(BUILD)/bin

.PHONY: bin
bin:
	go build -trimpath -ldflags '-s -w' -o $(BIN)/harender ./cmd/harender

# Manual pages, one a command, for packages: in .build/man/man1.
.PHONY: man
man: bin
	$(BIN)/harender man $(BUILD)/man/man1

DEMO := $(BUILD)/demo

.PHONY: demo
demo: bin
	rm -rf $(DEMO)
	SOPS_AGE_KEY_FILE=$(DEMO)/operator.txt $(BIN)/harender init $(DEMO)/cluster --name demo --control-plane 3 --workers 2
	SOPS_AGE_KEY_FILE=$(DEMO)/operator.txt $(BIN)/harender build $(DEMO)/cluster
	cd $(DEMO)/cluster && find . -type f | LC_ALL=C sort

# What tests need beside Go, as program:Debian packages.
TEST_NEEDS := ansible-playbook:ansible-core chromium:chromium cloud-init:cloud-init curl:curl dnsmasq:dnsmasq-base gcc:'gcc libc6-dev' git:git gpg:gnupg haproxy:haproxy \
	ignition-validate:ignition jq:jq keepalived:keepalived man:man-db mkfs.ext4:e2fsprogs openssl:openssl ssh-keygen:openssh-client strace:strace \
	systemd-analyze:systemd unshare:util-linux

# Packages with goroutines of their own run under the race detector first. It needs cgo, and so a dynamic binary, which
# the injected faults of one test would hit before they hit the program.
.PHONY: test
test:
	testdata/deps.sh 'make test' $(TEST_NEEDS)
	CGO_ENABLED=1 go test -race -skip FailingCalls ./internal/keys/issue ./internal/deliver/tree ./internal/keys/vault
	testdata/realbin.sh versions "$$(testdata/versions/minors.sh | tail -n 1)" >/dev/null # Minutes at first, longer than a test may take.
	go test -timeout 45m ./...

# Every fuzz target for a while, an hour in all. make test runs their corpora.
FUZZTIME ?= 5m

.PHONY: fuzz
fuzz:
	testdata/fuzz.sh $(FUZZTIME)

# Boots a cluster in network namespaces, as root.
E2E_NEEDS := ansible-playbook:ansible-core cloud-init:cloud-init conntrack:conntrack containerd:containerd curl:curl dash:dash git:git haproxy:haproxy \
	ip:iproute2 iptables:iptables jq:jq keepalived:keepalived nft:nftables nsenter:util-linux pkill:procps runc:runc ssh-keygen:openssh-client \
	systemd-sysusers:systemd /usr/lib/cni/ptp:containernetworking-plugins /usr/lib/dracut/modules.d/30ignition/ignition:ignition

.PHONY: e2e
e2e: bin
	testdata/deps.sh 'make e2e' $(E2E_NEEDS)
	for minor in $$(testdata/versions/minors.sh); do testdata/realbin.sh versions "$$minor" >/dev/null; done
	go test -tags e2e -count=1 -run 'TestAllData|TestHelp|TestComponents|TestKubeadm' ./internal/compile/release ./internal/repository
	go test -tags e2e -count=1 -v -timeout 40m ./internal/proof/e2e

# Asks the components of some minors about every mistake in what is rendered, and prints who finds which. ORACLE=1.36 asks those of
# one. An hour of one core for a minor.
ORACLE ?= $(shell testdata/versions/minors.sh | tail -n 2 | paste -sd,)
.PHONY: oracle
oracle:
	testdata/deps.sh 'make oracle' haproxy:haproxy keepalived:keepalived unshare:util-linux
	for minor in $$(tr , ' ' <<<'$(ORACLE)'); do testdata/realbin.sh versions "$$minor" >/dev/null; done
	go test -count=1 -v -timeout 4h ./internal/proof/oracle -args -full -minors '$(ORACLE)'

# Ratios of speed and memory, measured here and now. See docs/benchmarks.md.
.PHONY: bench
bench: bin
	testdata/deps.sh 'make bench' openssl:openssl
	go build -trimpath -o $(BIN)/ ./internal/proof/bench/cmd/...
	PATH="$$(testdata/realbin.sh tools):$$PATH" $(BIN)/bench -harender $(BIN)/harender -floor $(BIN)/floor \
		-hello $(BIN)/hello -glue internal/proof/bench/glue/glue.sh -layers $(CURDIR) -dir $(BUILD)/bench

.PHONY: lint
lint:
	testdata/lint.sh

# Makes the data of every minor of Kubernetes again, from what its own programs say. Review the difference.
.PHONY: versions
versions:
	set -e; for minor in $$(testdata/versions/minors.sh); do \
		programs=$$(testdata/realbin.sh versions "$$minor"); \
		(cd testdata/versions && "$$programs/collect" "$$minor" "$$programs" "../../lib/versions/$$minor" && \
			"$$programs/types" "$$minor" "../../lib/versions/$$minor"); \
	done

# Makes the files that are made from code again: the JSON Schema of the spec, and docs/reference.md.
.PHONY: docs
docs:
	go test ./internal/compile/spec -run Schema -update
	go test ./internal/change/review -run Schema -update
	go test ./internal/cli -run Reference -update
