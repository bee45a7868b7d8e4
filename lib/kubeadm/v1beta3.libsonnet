// kubeadm.k8s.io/v1beta3, of Kubernetes 1.22 to 1.36. CoreDNS is in the addons.
local documents = import 'documents.libsonnet';

function(v) documents(v, import 'map.libsonnet', init={ skipPhases: ['addon/coredns'] + v.skipped + ['bootstrap-token', 'show-join-command'] })
