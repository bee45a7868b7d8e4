// The kubelet of every node: configuration, kubeconfig, and a drop-in for its unit, which a package brings or the spec asks for. What differs
// from node to node is in kubelet.env alone.
local component = import '../component.libsonnet';
local flags = import '../flags.libsonnet';
local kubeconfig = import '../kubeconfig.libsonnet';
local pki = '/etc/kubernetes/pki/kubelet';
local restarts = ['kubelet.service'];

{
  local cluster = $.cluster,
  local net = cluster.net,
  // A version without this configuration file has its settings as flags.
  local file = if $.release.apiVersions.KubeletConfiguration == null then null else 'var/lib/kubelet/config.yaml',
  local mounts = [m.path for m in $.input.storage.mounts],

  kubelet: {
    computed:: {
      config: if file == null then null else '/' + file,
      kubeconfig: '/etc/kubernetes/kubelet.conf',
      'node-ip': '${NODE_IP}',
      'node-labels': '${NODE_LABELS}',
    },
    flags:: $.kubelet.computed + $.cloudProvider.flags('kubelet') + std.get($.release.flags, 'kubelet', {}) + flags.extra($.input.extraArgs.kubelet),

    // The balancer, unless a master's kubelet is to ask the apiserver beside it.
    server:: if cluster.kubeletLocal && $.input.controlPlane then cluster.apiServer.localURL else cluster.endpoint.url,

    config:: {
      apiVersion: $.release.apiVersions.KubeletConfiguration,
      kind: 'KubeletConfiguration',
      authentication: {
        anonymous: { enabled: false },
        webhook: { enabled: true },
        x509: { clientCAFile: '/etc/kubernetes/pki/ca.crt' },
      },
      authorization: { mode: 'Webhook' },
      cgroupDriver: 'systemd',
      clusterDNS: cluster.dns.servers,
      clusterDomain: net.dnsDomain,
      containerRuntimeEndpoint: 'unix:///run/containerd/containerd.sock',
      eventRecordQPS: 50,
      healthzBindAddress: net.loopback,
      podPidsLimit: 4096,
      readOnlyPort: 0,
      registerWithTaints: $.input.taints,
      seccompDefault: true,
      staticPodPath: '/etc/kubernetes/manifests',
      tlsCertFile: pki + '/server.crt',
      tlsPrivateKeyFile: pki + '/server.key',
      tlsMinVersion: $.tls.minVersion,
      tlsCipherSuites: $.tls.cipherSuites,
    },

    binary:: '/usr/bin/kubelet',
    // Variables of the unit that flags may name, as ${NAME}.
    variables:: ['NODE_NAME', 'NODE_IP', 'NODE_LABELS'],
    // Units of container runtimes, any of which the kubelet starts after.
    runtimes:: ['containerd.service', 'crio.service'],
    hostNameCheck:: component.hostNameCheck('NODE_NAME'),
    // What must be so before the kubelet starts, whatever starts it.
    before:: [
      '[Unit]',
      'Wants=network-online.target' + (if std.member($.input.units, 'apiserver-vip.service') then ' apiserver-vip.service' else ''),
      'After=network-online.target ' + std.join(' ', $.kubelet.runtimes),
    ] + (if mounts == [] then [] else ['RequiresMountsFor=' + std.join(' ', mounts)]) + [
      '',
      '[Service]',
      'EnvironmentFile=/etc/kubernetes/kubelet.env',
      "ExecStartPre=/bin/sh -c '" + std.stripChars($.kubelet.hostNameCheck, '\n') + "'",
      // The files may have come after systemd made its directories at boot.
      'ExecStartPre=-/usr/bin/systemd-tmpfiles --create --prefix=/var/lib/etcd --prefix=/var/log/kubernetes',
    ],
    // The unit that the drop-in extends, where no package brings one.
    unit:: std.join('\n', [
      '[Unit]',
      'Description=kubelet, the agent of Kubernetes on a node',
      'Documentation=https://kubernetes.io/docs/',
      'StartLimitIntervalSec=0',
      '',
      '[Service]',
      'ExecStart=' + $.kubelet.binary,
      'Restart=always',
      'RestartSec=10',
      '',
      '[Install]',
      'WantedBy=multi-user.target',
      '',
    ]),
    dropIn:: std.join('\n', $.kubelet.before + [
      'ExecStart=',
      'ExecStart=' + $.kubelet.binary + ' ' + flags.words($.kubelet.flags, $.kubelet.variables),
      '',
    ]),

    // Pods need a host that forwards.
    sysctls:: {
      [if std.member(net.families, 'IPv4') then 'net.ipv4.ip_forward']: 1,
      [if std.member(net.families, 'IPv6') then 'net.ipv6.conf.all.forwarding']: 1,
    },

    // Modules of the kernel that are loaded at boot.
    modules::
      if cluster.proxyMode == 'ipvs' then
        std.set(['ip_vs', 'ip_vs_rr', 'ip_vs_wrr', 'ip_vs_sh', 'nf_conntrack', 'ip_vs_' + std.get(cluster.ipvs, 'scheduler', 'rr')])
      else [],

    files: $.cloudProvider.files {
      [if $.kubelet.modules != [] then 'etc/modules-load.d/90-harender.conf']: component.text(std.join('\n', $.kubelet.modules + [''])),
      'etc/sysctl.d/90-harender.conf': component.text(std.join('', [
        name + ' = ' + $.kubelet.sysctls[name] + '\n'
        for name in std.objectFields($.kubelet.sysctls)
      ])),
      [file]: component.object($.kubelet.config, restarts=restarts),
      'etc/kubernetes/kubelet.conf': component.object(
        kubeconfig(cluster.name, 'system:node', $.kubelet.server, pki),
        restarts=restarts
      ),
      [if cluster.kubeletUnit then 'etc/systemd/system/kubelet.service']: component.text($.kubelet.unit, '0644', restarts),
      [if cluster.kubeletUnit then 'etc/systemd/system-preset/50-harender-kubelet.preset']: component.preset(restarts),
      'etc/systemd/system/kubelet.service.d/20-harender.conf': component.text($.kubelet.dropIn, '0600', restarts),
    },
    nodeFiles(node):: {
      'etc/kubernetes/kubelet.env': component.text(
        'NODE_NAME=' + node.name + '\nNODE_IP=' + std.join(',', node.addresses) + '\nNODE_LABELS=' + std.join(',', node.labels) + '\n', '0600', restarts
      ),
    },
  },
}
