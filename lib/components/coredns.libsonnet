// CoreDNS, the cluster's DNS.
{
  local cluster = $.cluster,
  local net = cluster.net,

  coredns: {
    corefile:: std.join('\n', [
      '.:53 {',
      '    errors',
      '    health {',
      '        lameduck 5s',
      '    }',
      '    ready',
      '    kubernetes ' + net.dnsDomain + ' in-addr.arpa ip6.arpa {',
      '        pods insecure',
      '        fallthrough in-addr.arpa ip6.arpa',
      '        ttl 30',
      '    }',
      '    prometheus :9153',
      '    forward . /etc/resolv.conf {',
      '        max_concurrent 1000',
      '    }',
      '    cache 30',
      '    loop',
      '    reload',
      '    loadbalance',
      '}',
      '',
    ]),
    objects: {
      'configmap-coredns': {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'coredns', namespace: 'kube-system' },
        data: { Corefile: $.coredns.corefile },
      },
      'service-kube-dns': {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'kube-dns', namespace: 'kube-system' },
        spec: {
          clusterIP: net.dns[0],
          clusterIPs: net.dns,
          ipFamilies: net.families,
          ipFamilyPolicy: if std.length(net.families) > 1 then 'RequireDualStack' else 'SingleStack',
        },
      },
      'deployment-coredns': {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'coredns', namespace: 'kube-system' },
        spec: {
          replicas: cluster.dns.replicas,
          template: { spec: { containers: [{ name: 'coredns', image: $.image('coredns') }] } },
        },
      },
    },
  },
}
