// kubeadm.k8s.io/v1alpha1, of Kubernetes 1.9 and 1.10, which knows of one master: every one is begun alike, with an etcd that
// is there already. The balancer is a name in the certificates only, and a worker's flags are in its unit.
local map = import 'map.libsonnet';
local mount(volume) = { name: volume.name, hostPath: volume.hostPath, mountPath: volume.mountPath };

function(v)
  local master = {
    apiVersion: v.apiVersion,
    kind: 'MasterConfiguration',
    api: { advertiseAddress: v.address, bindPort: v.port },
    nodeName: v.node,
    kubernetesVersion: v.version,
    networking: v.networking,
    imageRepository: v.imageRepository,
    certificatesDir: v.pki,
    etcd: if std.objectHas(v.etcd, 'external') then v.etcd.external else error 'kubeadm.k8s.io/v1alpha1 makes no cluster of etcd',
    apiServerCertSANs: v.certSANs + [v.host],
    apiServerExtraArgs: map(v.flags['kube-apiserver']),
    controllerManagerExtraArgs: map(v.flags['kube-controller-manager']),
    schedulerExtraArgs: map(v.flags['kube-scheduler']),
    apiServerExtraVolumes: [mount(m) for m in v.volumes['kube-apiserver']],
    controllerManagerExtraVolumes: [mount(m) for m in v.volumes['kube-controller-manager']],
    schedulerExtraVolumes: [mount(m) for m in v.volumes['kube-scheduler']],
  };
  {
    init: [master],
    join: if v.master then [master] else [{
      apiVersion: v.apiVersion,
      kind: 'NodeConfiguration',
      nodeName: v.node,
      discoveryFile: v.discovery,
    }],
  }
