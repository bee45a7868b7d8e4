// etcd as a member of the cluster's own etcd, its PKI apart from that of Kubernetes: a static pod, or a unit of systemd.
local component = import '../component.libsonnet';
local flags = import '../flags.libsonnet';
local pki = '/etc/kubernetes/pki/etcd/';
local data = '/var/lib/etcd';
local unit = 'etcd.service';

{
  local cluster = $.cluster,
  local net = cluster.net,
  local asUnit = std.member($.input.units, unit),
  // What differs from member to member is a variable, of the pod or of etcd.env.
  local name = if asUnit then '${PEER_NAME}' else '$(NODE_NAME)',
  local address = if asUnit then '${PRIVATE_IP}' else '$(HOST_IP)',
  local onHost(port) = 'https://' + net.bracket[0] + address + net.bracket[1] + ':' + port,
  local onLoopback(scheme, port) = scheme + '://' + net.loopbackURL + ':' + port,
  local compaction = std.get(cluster.etcd, 'autoCompaction'),

  etcd: component.static($, 'etcd', {
    name: name,
    'data-dir': data,
    'listen-client-urls': onLoopback('https', 2379) + ',' + onHost(2379),
    'advertise-client-urls': onHost(2379),
    'listen-peer-urls': onHost(2380),
    'initial-advertise-peer-urls': onHost(2380),
    // The probes ask here: the client port wants a client certificate, which a kubelet has not.
    'listen-metrics-urls': onLoopback('http', 2381),
    'initial-cluster': std.join(',', cluster.etcd.initialCluster),
    'initial-cluster-state': cluster.etcd.initialClusterState,
    'initial-cluster-token': cluster.name,
    'cert-file': pki + 'server.pem',
    'key-file': pki + 'server-key.pem',
    'trusted-ca-file': pki + 'ca.pem',
    'peer-cert-file': pki + 'peer.pem',
    'peer-key-file': pki + 'peer-key.pem',
    'peer-trusted-ca-file': pki + 'ca.pem',
    // Those of TLS 1.3 are not to be chosen, and etcd refuses to be told.
    'cipher-suites': if component.value($.etcd.flags, 'tls-min-version', null) == 'TLS1.3' then null else std.join(',', $.tls.cipherSuites),
    'quota-backend-bytes': cluster.etcd.quotaBytes,
    [if compaction != null then 'auto-compaction-mode']: compaction.mode,
    [if compaction != null then 'auto-compaction-retention']: compaction.retention,
  }) {
    // The kubelet has no client certificate: it asks at the first URL that needs none.
    local urls = std.split(component.value($.etcd.flags, 'listen-metrics-urls', ''), ','),
    local plain = [std.stripChars(url, ' ')[std.length('http://'):] for url in urls if std.startsWith(std.stripChars(url, ' '), 'http://')],
    local at = component.hostPort(if plain == [] then '' else plain[0], net.loopback, 2381),
    local get(path) = component.get(component.asked(at.host, net.loopback), at.port, path, 'HTTP'),
    container+:: {
      livenessProbe: get('/livez') { periodSeconds: 10, timeoutSeconds: 15, failureThreshold: 8 },
      readinessProbe: get('/readyz') { periodSeconds: 1, timeoutSeconds: 15, failureThreshold: 3 },
      startupProbe: get('/readyz') { periodSeconds: 5, timeoutSeconds: 15, failureThreshold: 60 },
    },

    // Of the unit alone: where the program lies, and what refuses to start it on another host.
    binary:: '/usr/local/bin/etcd',
    // Variables of the unit that flags may name, as ${NAME}.
    variables:: ['PEER_NAME', 'PRIVATE_IP'],
    hostNameCheck:: component.hostNameCheck('PEER_NAME'),
    unit:: std.join('\n', [
      '[Unit]',
      'Description=etcd, member of the cluster ' + cluster.name,
      'Documentation=https://etcd.io/docs/',
      'Wants=network-online.target',
      'After=network-online.target',
      // Where a disk of its own is missing, etcd must not begin again in the empty folder below.
      'RequiresMountsFor=' + $.etcd.flags['data-dir'],
      'StartLimitIntervalSec=0',
      '',
      '[Service]',
      'Type=notify',
      'User=etcd',
      // Made where it is missing, and given to the account with all that is in it where it is another's.
      'StateDirectory=etcd',
      'StateDirectoryMode=0700',
      'EnvironmentFile=/etc/etcd.env',
      "ExecStartPre=/bin/sh -c '" + $.etcd.hostNameCheck + "'",
      'ExecStart=' + $.etcd.binary + ' ' + flags.words($.etcd.flags, $.etcd.variables),
      // etcd says that it is ready when it has a leader, which the first member of a new cluster has to wait for.
      'TimeoutStartSec=infinity',
      'Restart=always',
      'RestartSec=5s',
      'LimitNOFILE=65536',
      // Before all else but the kernel: without etcd there is no cluster.
      'OOMScoreAdjust=-997',
      'IOSchedulingClass=best-effort',
      'IOSchedulingPriority=0',
      'CapabilityBoundingSet=',
      'LockPersonality=yes',
      'MemoryDenyWriteExecute=yes',
      'NoNewPrivileges=yes',
      'PrivateDevices=yes',
      'PrivateTmp=yes',
      'ProtectControlGroups=yes',
      'ProtectHome=yes',
      'ProtectKernelModules=yes',
      'ProtectKernelTunables=yes',
      'ProtectSystem=strict',
      'RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX',
      'RestrictNamespaces=yes',
      'RestrictRealtime=yes',
      'RestrictSUIDSGID=yes',
      'SystemCallArchitectures=native',
      'SystemCallFilter=@system-service',
      'UMask=0077',
      '',
      '[Install]',
      'WantedBy=multi-user.target',
      '',
    ]),

    // What a member began with may name others than there are: this is for a restore, in which all have to name the same.
    local members = std.join(',', [m.name + '=https://' + m.hostURL + ':2380' for m in cluster.etcd.members]),

    files: { 'etc/kubernetes/etcd-members': component.text(members + '\n') } + if asUnit then {
      'etc/systemd/system/etcd.service': component.text($.etcd.unit, restarts=[unit]),
      'etc/systemd/system-preset/50-harender-etcd.preset': component.preset([unit]),
      'etc/sysusers.d/harender-etcd.conf': component.text('u etcd - "etcd" ' + data + '\n'),
    } else {
      'etc/tmpfiles.d/harender-etcd.conf': component.text('d ' + data + ' 0700 root root -\n'),
    },
    nodeFiles(node):: if !asUnit then {} else {
      'etc/etcd.env': component.text('PEER_NAME=' + node.name + '\nPRIVATE_IP=' + node.addresses[0] + '\n', restarts=[unit]),
    },
  },
}
