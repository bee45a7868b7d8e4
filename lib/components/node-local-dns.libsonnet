// NodeLocal DNSCache: a CoreDNS on every node that caches what kube-dns says, and asks it over TCP.
local common = import '../dns.libsonnet';
local healthPort = 8080;

{
  local cluster = $.cluster,
  local net = cluster.net,
  local dns = common($),
  local addresses = cluster.dns.localCache,

  nodeLocalDNS: {
    // node-cache writes the address of the Service kube-dns-upstream for __PILLAR__CLUSTER__DNS__, and for
    // __PILLAR__UPSTREAM__SERVERS__ the upstreamNameservers of the ConfigMap kube-dns, or else /etc/resolv.conf.
    local zone(name, positive, negative, forward, more=[]) = [
      name + ':53 {',
      '    errors',
    ] + dns.cache('    ', positive, negative) + [
      '    reload',
      '    loop',
      '    bind ' + std.join(' ', addresses),
    ] + forward + [
      '    prometheus :9253',
    ] + more + [
      '}',
    ],
    local clusterDNS = ['    forward . __PILLAR__CLUSTER__DNS__ {', '        force_tcp', '    }'],
    local upstream = ['    forward . __PILLAR__UPSTREAM__SERVERS__ {', '        max_concurrent ' + cluster.dns.maxConcurrent, '    }'],
    local health = '    health ' + net.bracket[0] + addresses[0] + net.bracket[1] + ':' + healthPort,

    // A name that is not there yet is soon asked for again: its absence is kept for 5 seconds.
    corefile:: std.join('\n', std.flattenArrays([
      zone(net.dnsDomain, 30, 5, clusterDNS, [health]),
      zone('in-addr.arpa', 30, 30, clusterDNS),
      zone('ip6.arpa', 30, 30, clusterDNS),
      zone('.', 30, 30, upstream),
      [''],
    ])),
    objects: {
      'configmap-node-local-dns': dns.configMap('node-local-dns', { Corefile: $.nodeLocalDNS.corefile }),
      'service-kube-dns-upstream': {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'kube-dns-upstream', namespace: 'kube-system' },
        spec: { ipFamilies: [net.families[0]], ipFamilyPolicy: 'SingleStack' },
      },
      'daemonset-node-local-dns': {
        apiVersion: 'apps/v1',
        kind: 'DaemonSet',
        metadata: { name: 'node-local-dns', namespace: 'kube-system' },
        spec: {
          template: {
            spec: {
              containers: [{
                name: 'node-cache',
                image: $.image('node-cache'),
                args: ['-localip', std.join(',', addresses), '-conf', '/etc/Corefile', '-upstreamsvc', 'kube-dns-upstream'],
                livenessProbe: {
                  httpGet: { host: addresses[0], path: '/health', port: healthPort, scheme: 'HTTP' },
                  initialDelaySeconds: 60,
                  timeoutSeconds: 5,
                },
              }],
            },
          },
        },
      },
    },
  },
}
