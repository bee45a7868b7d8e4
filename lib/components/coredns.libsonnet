// CoreDNS, the cluster's DNS.
local common = import '../dns.libsonnet';

{
  local cluster = $.cluster,
  local dns = common($),

  coredns: {
    corefile:: std.join('\n', [
      '.:53 {',
      '    errors',
      '    health {',
      '        lameduck 5s',
      '    }',
      '    ready',
      '    kubernetes ' + cluster.net.dnsDomain + ' in-addr.arpa ip6.arpa {',
      '        pods insecure',
      '        fallthrough in-addr.arpa ip6.arpa',
      '        ttl 30',
      '    }',
      '    prometheus :9153',
      '    forward . /etc/resolv.conf {',
      '        max_concurrent ' + cluster.dns.maxConcurrent,
      '    }',
    ] + dns.cache('    ', 30, 30) + [
      '    loop',
      '    reload',
      '    loadbalance',
      '}',
      '',
    ]),
    objects: {
      'configmap-coredns': dns.configMap('coredns', { Corefile: $.coredns.corefile }),
      'service-kube-dns': dns.service,
      'deployment-coredns': dns.deployment('coredns', [{ name: 'coredns', image: $.image('coredns'), resources: dns.resources }]),
    },
  },
}
