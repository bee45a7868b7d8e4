// kube-proxy as a static pod, so that a node serves Services as soon as its kubelet runs, or as a DaemonSet. Either asks the balancer,
// but for the static pod of a node whose kubelet asks the apiserver beside it.
local component = import '../component.libsonnet';
local kubeconfig = import '../kubeconfig.libsonnet';

// Where a static pod finds its files on the node, and the DaemonSet's pods their ConfigMap.
local onNode = { config: '/etc/kubernetes/kube-proxy/config.yaml', kubeconfig: '/etc/kubernetes/kube-proxy/kubeconfig' };
local mounted = { config: '/var/lib/kube-proxy/config.conf', kubeconfig: '/var/lib/kube-proxy/kubeconfig.conf' };
local account = '/var/run/secrets/kubernetes.io/serviceaccount/';

{
  local cluster = $.cluster,
  local net = cluster.net,
  local path = if cluster.proxyDaemonSet then mounted else onNode,
  // In mode ipvs it removes virtual servers that are none of its Services: the director's, too.
  local ipvs = cluster.ipvs + (
    if cluster.proxyMode == 'ipvs' && cluster.loadBalancer.kind == 'lvs'
    then { excludeCIDRs: std.get(cluster.ipvs, 'excludeCIDRs', []) + [cluster.loadBalancer.virtualIPPrefix] } else {}
  ),
  local yaml(object) = std.manifestYamlDoc(object, indent_array_in_object=false, quote_keys=false) + '\n',

  kubeProxy: component.static($, 'kube-proxy', {
    config: path.config,
    'hostname-override': '$(NODE_NAME)',
  }) {
    container+:: {
      local at = component.hostPort($.kubeProxy.config.healthzBindAddress, net.loopback, 10256),
      livenessProbe: component.get(component.asked(at.host, net.loopback), at.port, '/livez', 'HTTP') { periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 6 },
    },
    config:: {
      apiVersion: $.release.apiVersions.KubeProxyConfiguration,
      kind: 'KubeProxyConfiguration',
      bindAddress: net.anyAddress,
      clientConnection: { kubeconfig: path.kubeconfig },
      clusterCIDR: std.join(',', net.pods),
      mode: cluster.proxyMode,
      metricsBindAddress: net.loopbackURL + ':10249',
      healthzBindAddress: net.anyAddressURL + ':10256',
      [if ipvs != {} then 'ipvs']: ipvs,
    },

    // As a static pod.
    files: {
      [path.config[1:]]: component.object($.kubeProxy.config, restarts=['kube-proxy']),
      [path.kubeconfig[1:]]: component.object(
        kubeconfig(cluster.name, 'system:kube-proxy', $.kubelet.server, '/etc/kubernetes/pki/kube-proxy'),
        restarts=['kube-proxy']
      ),
    },

    // As a DaemonSet, with the token of its account.
    local data = {
      'config.conf': yaml($.kubeProxy.config),
      'kubeconfig.conf': yaml({
        apiVersion: 'v1',
        kind: 'Config',
        clusters: [{ name: cluster.name, cluster: { server: cluster.endpoint.url, 'certificate-authority': account + 'ca.crt' } }],
        users: [{ name: 'kube-proxy', user: { tokenFile: account + 'token' } }],
        contexts: [{ name: 'kube-proxy@' + cluster.name, context: { cluster: cluster.name, user: 'kube-proxy' } }],
        'current-context': 'kube-proxy@' + cluster.name,
      }),
    },
    objects: {
      'configmap-kube-proxy': { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'kube-proxy', namespace: 'kube-system' }, data: data },
      'daemonset-kube-proxy': {
        apiVersion: 'apps/v1',
        kind: 'DaemonSet',
        metadata: { name: 'kube-proxy', namespace: 'kube-system' },
        spec: {
          template: {
            // Pods read their files when they start, and so start again, some at a time, when these change.
            metadata: { annotations: { 'harender.io/config': std.md5(std.manifestJsonMinified(data)) } },
            spec: { containers: [$.kubeProxy.container] },
          },
        },
      },
    },
  },
}
