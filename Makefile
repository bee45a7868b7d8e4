# make demo: build the program, make an example cluster, build it, show the tree.
# make test: all tests but the boot proof. make e2e: boot real clusters, as root. make bench: ratios against a floor.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := bin
export CGO_ENABLED ?= 0

BUILD := .build
BIN := $(BUILD)/bin

.PHONY: bin
bin:
	go build -trimpath -o $(BIN)/harender ./cmd/harender

DEMO := $(BUILD)/demo

.PHONY: demo
demo: bin
	rm -rf $(DEMO)
	SOPS_AGE_KEY_FILE=$(DEMO)/operator.txt $(BIN)/harender init $(DEMO)/cluster --name demo --control-plane 3 --workers 2
	SOPS_AGE_KEY_FILE=$(DEMO)/operator.txt $(BIN)/harender build $(DEMO)/cluster
	cd $(DEMO)/cluster && find . -type f | LC_ALL=C sort
