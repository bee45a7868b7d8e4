#!/usr/bin/env bash
# What a user would put together without harender: jsonnet, kustomize, cfssl and sops, called for each node and each
# key as the guides to these tools show it.
#
#   glue.sh cluster OUT                 once: the authorities, and the secrets that the masters share
#   glue.sh master OUT NAME ADDRESS     then each node
#   glue.sh worker OUT NAME ADDRESS
#
# LAYERS is the folder of lib/ and base/, MASTERS a JSON list of {name, address}, RECIPIENT the operator's age
# recipient. The programs are taken from PATH.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
kind=$1
mkdir -p "$2"
cd "$2"

# seal FILE
seal() {
	sops encrypt --age "$RECIPIENT" --input-type binary --output-type binary --output "$1.sops" "$1"
	rm "$1"
}

# authority NAME CN
authority() {
	printf '{"CN": "%s", "key": {"algo": "ecdsa", "size": 256}, "ca": {"expiry": "87600h", "pathlen": 0}}' "$2" >"ca/$1.json"
	cfssl gencert -initca "ca/$1.json" | cfssljson -bare "ca/$1"
}

# pair AUTHORITY PROFILE CERT KEY CN ORGANIZATION HOSTS
pair() {
	printf '{"CN": "%s", "key": {"algo": "ecdsa", "size": 256}, "names": [{"O": "%s"}]}' "$5" "$6" >"$work/csr.json"
	cfssl gencert -ca="ca/$1.pem" -ca-key="ca/$1-key.pem" -config=ca/config.json -profile="$2" -hostname="$7" \
		"$work/csr.json" | cfssljson -bare "$work/pair"
	mkdir -p "$(dirname "$root/$3")"
	mv "$work/pair.pem" "$root/$3"
	mv "$work/pair-key.pem" "$root/$4"
	seal "$root/$4"
}

cluster() {
	mkdir -p ca
	cp -r "$LAYERS/base" .
	cp "$LAYERS/secrets/ca-config.json" ca/config.json
	authority kubernetes 'bench kubernetes CA'
	authority etcd 'bench etcd CA'
	authority front-proxy 'bench front-proxy CA'
	openssl ecparam -name prime256v1 -genkey -noout -out ca/sa.key
	openssl ec -in ca/sa.key -pubout -out ca/sa.pub
	printf '%s\n' 'apiVersion: apiserver.config.k8s.io/v1' 'kind: EncryptionConfiguration' 'resources:' \
		'- resources: [secrets, configmaps]' '  providers:' \
		"  - secretbox: {keys: [{name: key1, secret: $(openssl rand -base64 32)}]}" '  - identity: {}' >ca/encryption.yaml
	for key in kubernetes-key.pem etcd-key.pem front-proxy-key.pem sa.key encryption.yaml; do
		sops encrypt --age "$RECIPIENT" --input-type binary --output-type binary --output "ca/$key.sops" "ca/$key"
	done
}

# manifests PODS, a JSON list: what jsonnet computes, and the static pods in kustomize's shape.
manifests() {
	jsonnet -J "$LAYERS" -S --no-trailing-newline -c -m "$work" --tla-str name="$name" --tla-str address="$address" --tla-code pods="$1" \
		--tla-code masters="$MASTERS" --tla-code-file release="$LAYERS/lib/versions/1.37.json" "$here/node.jsonnet" >/dev/null
	cp -r "$work/files/." "$root"
	{
		echo 'resources:'
		(cd "$work/pods" && printf -- '- ../../base/%s\n' *.yaml | sed 's/\.yaml$//')
		echo 'patches:'
		(cd "$work/pods" && printf -- '- path: pods/%s\n' *.yaml)
	} >"$work/kustomization.yaml"
	mkdir -p "$root/etc/kubernetes/manifests" "$work/built"
	kustomize build "$work" -o "$work/built"
	for built in "$work"/built/*.yaml; do
		pod=${built##*_pod_}
		mv "$built" "$root/etc/kubernetes/manifests/$pod"
	done
}

# every NODE has a kubelet and kube-proxy.
every() {
	name=$1 address=$2
	root=rendered/$name work=work/$name
	mkdir -p "$root/etc/kubernetes/pki" "$work"
	cp ca/kubernetes.pem "$root/etc/kubernetes/pki/ca.crt"
	pki=etc/kubernetes/pki
	pair kubernetes client $pki/kubelet/client.crt $pki/kubelet/client.key "system:node:$name" system:nodes ''
	pair kubernetes server $pki/kubelet/server.crt $pki/kubelet/server.key "system:node:$name" system:nodes "$name,$address"
	pair kubernetes client $pki/kube-proxy/client.crt $pki/kube-proxy/client.key system:kube-proxy '' ''
}

worker() {
	every "$@"
	manifests '["kube-proxy"]'
}

master() {
	every "$@"
	manifests '["etcd", "haproxy", "keepalived", "kube-apiserver", "kube-controller-manager", "kube-proxy", "kube-scheduler"]'
	srv=srv/kubernetes
	service=kubernetes,kubernetes.default,kubernetes.default.svc,kubernetes.default.svc.cluster.local,10.96.0.1,10.0.0.10
	pair etcd server $pki/etcd/server.pem $pki/etcd/server-key.pem "$name" '' "$name,$address,localhost,127.0.0.1,::1"
	pair etcd peer $pki/etcd/peer.pem $pki/etcd/peer-key.pem "$name" '' "$name,$address"
	pair etcd client $pki/etcd/client.pem $pki/etcd/client-key.pem client '' ''
	for program in kube-controller-manager kube-scheduler; do
		pair kubernetes client $pki/$program/client.crt $pki/$program/client.key "system:$program" '' ''
	done
	pair kubernetes server $srv/server.cert $srv/server.key kube-apiserver '' "$name,$address,localhost,127.0.0.1,::1,$service"
	pair kubernetes client $srv/kubecfg.crt $srv/kubecfg.key kubecfg system:masters ''
	pair kubernetes client $srv/apiserver-kubelet-client.crt $srv/apiserver-kubelet-client.key kube-apiserver-kubelet-client '' ''
	pair front-proxy client $srv/front-proxy-client.crt $srv/front-proxy-client.key front-proxy-client '' ''
	cp ca/etcd.pem "$root/$pki/etcd/ca.pem"
	cp ca/kubernetes.pem "$root/$srv/ca.crt"
	cp ca/front-proxy.pem "$root/$srv/front-proxy-ca.crt"
	cp ca/sa.pub "$root/$srv/sa.pub"
	cp ca/sa.key "$root/$srv/sa.key"
	seal "$root/$srv/sa.key"
	cp ca/encryption.yaml "$root/$srv/encryption.yaml"
	seal "$root/$srv/encryption.yaml"
}

case $kind in
cluster) cluster ;;
master) master "$3" "$4" ;;
worker) worker "$3" "$4" ;;
*) echo "glue.sh: no kind $kind" >&2 && exit 1 ;;
esac
