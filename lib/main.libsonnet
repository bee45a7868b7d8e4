// The library's root: every component as an object of its own, which mixins extend, and what they add up to for the
// nodes in $.input. The renderer supplies input (docs/layers.md says what it holds) and reads pods, files, nodeFiles,
// addons and cloud.
local components =
  (import 'components/etcd.libsonnet') +
  (import 'components/etcd-snapshot.libsonnet') +
  (import 'components/kube-apiserver.libsonnet') +
  (import 'components/kubeadm.libsonnet') +
  (import 'components/controllers.libsonnet') +
  (import 'components/haproxy.libsonnet') +
  (import 'components/keepalived.libsonnet') +
  (import 'components/kube-vip.libsonnet') +
  (import 'components/cloud-balancer.libsonnet') +
  (import 'components/kube-proxy.libsonnet') +
  (import 'components/kubelet.libsonnet') +
  (import 'components/disks.libsonnet') +
  (import 'components/coredns.libsonnet') +
  (import 'components/kube-dns.libsonnet') +
  (import 'components/dns-autoscaler.libsonnet') +
  (import 'components/node-local-dns.libsonnet') +
  (import 'components/cluster-autoscaler.libsonnet') +
  (import 'components/cloud.libsonnet') +
  (import 'components/storage.libsonnet');

components {
  input:: error 'the renderer supplies input',
  cluster:: $.input.cluster,
  release:: $.input.release,

  // Prefixes of image names, so that a mirror is one line: { registries+:: { 'registry.k8s.io': 'mirror.example/k8s' } }
  registries:: {},
  // An image that the version's data have without a tag is one of Kubernetes itself, and follows its version.
  image(name)::
    local listed = std.get($.release.images, name, 'registry.k8s.io/' + name);
    local reference = if std.findSubstr(':', listed) == [] then listed + ':v' + $.input.version else listed;
    local registry = std.split(reference, '/')[0];
    std.get($.registries, registry, registry) + reference[std.length(registry):],

  // TLS floor and ciphers of every component that serves. TLS 1.3 suites are not configurable and always on.
  tls:: {
    minVersion: 'VersionTLS12',
    cipherSuites: [
      'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256',
      'TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384',
      'TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256',
      'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256',
      'TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384',
      'TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256',
    ],
  },

  // Flags by which the components that elect a leader do it otherwise than by themselves.
  leaderElection:: { ['leader-elect-' + name]: $.cluster.leaderElection[name] for name in std.objectFields($.cluster.leaderElection) },

  // Whether the component runs on these nodes, as a static pod or as a unit.
  runs(name):: std.member($.input.pods, name) || std.member($.input.units, name + '.service'),

  // The components that are static pods, by the name of the pod.
  static:: {
    etcd: $.etcd,
    haproxy: $.haproxy,
    keepalived: $.keepalived,
    'kube-apiserver': $.kubeApiserver,
    'kube-controller-manager': $.kubeControllerManager,
    'kube-proxy': $.kubeProxy,
    'kube-scheduler': $.kubeScheduler,
    'kube-vip': $.kubeVIP,
  },
  // The components that are systemd units, by the name of the unit.
  units:: {
    'etcd.service': $.etcd,
    'etcd-snapshot.timer': $.etcdSnapshot,
    'apiserver-vip.service': $.apiserverVIP,
    'haproxy.service': $.haproxy,
    'keepalived.service': $.keepalived,
    'kubelet.service': if $.input.kubeadm then $.kubeadm else $.kubelet,
  },
  // The components that are addons, by the name of their folder in base/addons/. A folder whose objects depend on nothing needs
  // no component.
  sets:: {
    'cluster-autoscaler': $.clusterAutoscaler,
    coredns: $.coredns,
    'dns-autoscaler': $.dnsAutoscaler,
    'kube-dns': $.kubeDNS,
    'kube-proxy': $.kubeProxy,
    'node-local-dns': $.nodeLocalDNS,
    storage: $.storage,
  },
  local sets = [$.sets[name] for name in $.input.addons if std.objectHas($.sets, name)],
  local running = [$.static[name] for name in $.input.pods] + [$.units[name] for name in $.input.units] + [$.disks],
  local merged(objects) = std.foldl(function(a, b) a + b, objects, {}),

  // What the computed layer lays over base/: one partial Pod for each static pod of these nodes.
  pods: { [name]: $.static[name].pod for name in $.input.pods },
  // Files that all of these nodes share, by path from the node's root.
  files: merged([c.files for c in running]),
  // Files that differ from node to node.
  nodeFiles: { [n.name]: merged([c.nodeFiles(n) for c in running]) for n in $.input.nodes },
  // Partial objects laid over those of base/addons/, by any name.
  addons: merged([std.get(set, 'objects', {}) for set in sets]),
  // Whole objects beside those of base/addons/, by any name.
  resources: merged([std.get(set, 'resources', {}) for set in sets]),
  // Files for the cloud, where there are no nodes.
  cloud: if $.cluster.loadBalancer.kind == 'cloud' && $.input.nodes == [] then $.cloudBalancer.files else {},
}
