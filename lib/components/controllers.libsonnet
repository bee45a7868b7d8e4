// kube-controller-manager and kube-scheduler: one leader each, elected; both ask the apiserver beside them.
local component = import '../component.libsonnet';
local kubeconfig = import '../kubeconfig.libsonnet';

{
  local cluster = $.cluster,
  local net = cluster.net,
  local conf(name) = '/etc/kubernetes/' + name + '.conf',

  // What both have in common. A leader whose own apiserver dies loses its lease, and another master takes over.
  local controller(name, short, port, live, flags) =
    component.static($, name, {
      kubeconfig: conf(short),
      'authentication-kubeconfig': conf(short),
      'authorization-kubeconfig': conf(short),
      // Named here, they need not be looked up in the cluster, which a new cluster does not permit for some seconds: the
      // controller manager would end, and start again only after the kubelet's back-off.
      'client-ca-file': '/srv/kubernetes/ca.crt',
      'requestheader-client-ca-file': '/srv/kubernetes/front-proxy-ca.crt',
      'requestheader-allowed-names': 'front-proxy-client',
      'bind-address': net.loopback,
      'tls-min-version': $.tls.minVersion,
      'tls-cipher-suites': std.join(',', $.tls.cipherSuites),
    } + $.leaderElection + flags) {
      // Probes ask where it listens, whatever set that.
      local all = $.static[name].flags,
      local host = component.asked(component.value(all, 'bind-address', null), net.loopback),
      local get(path) = component.get(host, component.number('' + component.value(all, 'secure-port', port), port), path, 'HTTPS'),
      container+:: {
        livenessProbe: get(live) { periodSeconds: 10, timeoutSeconds: 15, failureThreshold: 8 },
        startupProbe: get(live) { periodSeconds: 5, timeoutSeconds: 15, failureThreshold: 60 },
      },
      files: {
        ['etc/kubernetes/' + short + '.conf']: component.object(
          kubeconfig(cluster.name, 'system:' + name, cluster.apiServer.localURL, '/etc/kubernetes/pki/' + name, ca='/srv/kubernetes/ca.crt'),
          restarts=[name]
        ),
      },
    },

  // The flags of the families and the one for all exclude each other.
  local maskSize =
    local sizes = net.nodeCIDRMaskSizes;
    local extra = $.input.extraArgs['kube-controller-manager'];
    local named = [s for s in sizes if std.objectHas(extra, 'node-cidr-mask-size-' + s.family)];
    if std.length(sizes) == 1 && named == [] then { 'node-cidr-mask-size': sizes[0].bits }
    else { ['node-cidr-mask-size-' + s.family]: s.bits for s in sizes },

  kubeControllerManager: controller('kube-controller-manager', 'controller-manager', 10257, '/healthz', maskSize {
    'allocate-node-cidrs': true,
    'cluster-cidr': std.join(',', net.pods),
    'cluster-name': cluster.name,
    'service-cluster-ip-range': std.join(',', net.services),
    'root-ca-file': '/srv/kubernetes/ca.crt',
    'service-account-private-key-file': '/srv/kubernetes/sa.key',
  }),

  kubeScheduler: controller('kube-scheduler', 'scheduler', 10259, '/livez', {}),
}
