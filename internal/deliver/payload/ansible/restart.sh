#!/bin/sh
# restart NAME...: starts static pods and units of this node again. The kubelet stops a pod whose manifest is away, and keeps a
# folder for it until all of it has ended. However this ends, the manifests come back.
set -eu
units= kubelet= pods= etcd=
for name; do
  case $name in
    kubelet.service) kubelet=$name ;;
    *.*) units="$units $name" ;;
    etcd) etcd=etcd ;;
    *) pods="$pods $name" ;;
  esac
done

stop() {
  for pod; do mv "$pod.yaml" .away/; done
  for pod; do
    seconds=0
    # Folders of static pods are named by 32 digits, those of others by 36.
    while ls -d /var/lib/kubelet/pods/????????????????????????????????/containers/"$pod" > /dev/null 2>&1; do
      if [ "$((seconds += 1))" -gt 300 ]; then
        echo "$pod does not end: does the kubelet run?" >&2
        exit 1
      fi
      sleep 1
    done
  done
}

if [ -n "$pods$etcd" ]; then
  cd /etc/kubernetes/manifests
  mkdir -p .away # On the same file system, and the kubelet passes over it.
  trap 'mv -n .away/* . || :; rm -r .away' EXIT
  trap 'exit 1' HUP INT TERM
  stop $pods
  stop $etcd # Last: an apiserver that has lost its etcd takes half a minute to end.
fi
if [ -n "$units$kubelet" ]; then
  systemctl daemon-reload
fi
# The kubelet is last: one that does not reach an apiserver at once says that its node is not ready.
for unit in $units $kubelet; do systemctl restart "$unit"; done
