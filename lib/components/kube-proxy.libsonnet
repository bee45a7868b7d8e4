// kube-proxy as a static pod, so that a node serves Services as soon as its kubelet runs. It asks the balancer.
local component = import '../component.libsonnet';
local kubeconfig = import '../kubeconfig.libsonnet';
local config = '/etc/kubernetes/kube-proxy/config.yaml';
local conf = '/etc/kubernetes/kube-proxy/kubeconfig';

{
  local cluster = $.cluster,
  local net = cluster.net,

  kubeProxy: component.static($, 'kube-proxy', {
    config: config,
    'hostname-override': '$(NODE_NAME)',
  }) {
    container+:: {
      livenessProbe: component.get(net.loopback, 10256, '/livez', 'HTTP') { periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 6 },
    },
    config:: {
      apiVersion: $.release.apiVersions.KubeProxyConfiguration,
      kind: 'KubeProxyConfiguration',
      bindAddress: net.anyAddress,
      clientConnection: { kubeconfig: conf },
      clusterCIDR: std.join(',', net.pods),
      mode: cluster.proxyMode,
      metricsBindAddress: net.loopbackURL + ':10249',
      healthzBindAddress: net.anyAddressURL + ':10256',
    },
    files: {
      [config[1:]]: component.object($.kubeProxy.config, restarts=['kube-proxy']),
      [conf[1:]]: component.object(
        kubeconfig(cluster.name, 'system:kube-proxy', cluster.endpoint.url, '/etc/kubernetes/pki/kube-proxy'),
        restarts=['kube-proxy']
      ),
    },
  },
}
