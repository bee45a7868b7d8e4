// Marks the root of the module. What it requires depends on the version of Kubernetes: MINOR.mod, which go build takes
// with -modfile. module.sh writes one.
module github.com/harender/harender/testdata/versions

go 1.26.0
