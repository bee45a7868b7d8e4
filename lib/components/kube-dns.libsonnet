// kube-dns, the cluster's DNS of old: kubedns answers for the cluster, dnsmasq before it caches and forwards, and a sidecar
// tells the health of both.
local common = import '../dns.libsonnet';
local flags = import '../flags.libsonnet';

{
  local cluster = $.cluster,
  local domain = cluster.net.dnsDomain,
  local dns = common($),
  local kubedns = '127.0.0.1:10053',
  // dnsmasq takes no value for a switch.
  local options(all) =
    ['--' + name for name in std.objectFields(all) if all[name] == true] +
    flags.argv({ [name]: all[name] for name in std.objectFields(all) if all[name] != true }),
  local probe(name, server) = name + ',' + server + ',kubernetes.default.svc.' + domain + ',5,SRV',

  kubeDNS: {
    // Flags of the three programs; those of dnsmasq itself follow those of its nanny.
    flags:: {
      kubedns: { domain: domain + '.', 'dns-port': 10053, 'config-dir': '/kube-dns-config', v: 2 },
      nanny: { v: 2, configDir: '/etc/k8s/dns/dnsmasq-nanny', restartDnsmasq: true },
      dnsmasq: {
        'cache-size': std.get(cluster.dns, 'cacheSize', 1000),
        'dns-forward-max': cluster.dns.maxConcurrent,
        'dns-loop-detect': true,
        'keep-in-foreground': true,
        'log-facility': '-',
        'no-negcache': true,
        server: ['/' + zone + '/' + std.strReplace(kubedns, ':', '#') for zone in [domain, 'in-addr.arpa', 'ip6.arpa']],
      },
      sidecar: { v: 2, probe: [probe('kubedns', kubedns), probe('dnsmasq', '127.0.0.1:53')] },
    },
    objects: {
      'service-kube-dns': dns.service,
      'deployment-kube-dns':
        local argv(program) = flags.argv($.kubeDNS.flags[program]);
        dns.deployment('kube-dns', [
          { name: 'kubedns', image: $.image('kube-dns'), args: argv('kubedns'), resources: dns.resources },
          { name: 'dnsmasq', image: $.image('kube-dns-dnsmasq'), args: argv('nanny') + ['--'] + options($.kubeDNS.flags.dnsmasq), resources: dns.resources },
          { name: 'sidecar', image: $.image('kube-dns-sidecar'), args: argv('sidecar') },
        ]),
    },
  },
}
