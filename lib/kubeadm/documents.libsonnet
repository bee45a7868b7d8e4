// The documents of kubeadm.k8s.io/v1beta3 and later, which differ in how flags are written, and in some fields of two kinds.
function(v, args, init={}, cluster={})
  local component(name) = {
    [if std.length(v.flags[name]) > 0 then 'extraArgs']: args(v.flags[name]),
    [if std.length(v.volumes[name]) > 0 then 'extraVolumes']: v.volumes[name],
  };
  local registration = { name: v.node, criSocket: v.criSocket, kubeletExtraArgs: args(v.flags.kubelet), taints: v.taints };
  local endpoint = { advertiseAddress: v.address, bindPort: v.port };
  local patches = { directory: v.patches };
  {
    init: [
      {
        apiVersion: v.apiVersion,
        kind: 'InitConfiguration',
        nodeRegistration: registration,
        localAPIEndpoint: endpoint,
        // A node joins with its own certificate, and so there is no token to make or to show.
        skipPhases: v.skipped + ['bootstrap-token', 'show-join-command'],
        patches: patches,
      } + init,
      {
        apiVersion: v.apiVersion,
        kind: 'ClusterConfiguration',
        clusterName: v.cluster,
        kubernetesVersion: v.version,
        controlPlaneEndpoint: v.endpoint,
        networking: v.networking,
        imageRepository: v.imageRepository,
        certificatesDir: v.pki,
        etcd: if std.objectHas(v.etcd, 'local') then { 'local': v.etcd['local'] { extraArgs: args(v.flags.etcd) } } else v.etcd,
        apiServer: component('kube-apiserver') { [if std.length(v.certSANs) > 0 then 'certSANs']: v.certSANs },
        controllerManager: component('kube-controller-manager'),
        scheduler: component('kube-scheduler'),
      } + cluster,
    ] + v.components,
    join: [{
      apiVersion: v.apiVersion,
      kind: 'JoinConfiguration',
      nodeRegistration: registration { ignorePreflightErrors: v.ignore },
      discovery: { file: { kubeConfigPath: v.discovery } },
      [if v.master then 'controlPlane']: { localAPIEndpoint: endpoint },
      patches: patches,
    }],
  }
