// kubeadm.k8s.io/v1beta4, from Kubernetes 1.31 on. CoreDNS is in the addons.
local documents = import 'documents.libsonnet';
local args(flags) = std.flatMap(
  function(name)
    local value = flags[name];
    [{ name: name, value: '' + v } for v in if std.isArray(value) then value else [value]],
  std.objectFields(flags)
);

function(v) documents(v, args, cluster={ dns: { disabled: true }, encryptionAlgorithm: 'ECDSA-P256' })
