// haproxy spreads connections over the apiservers that say they are ready. It runs on the balancer's nodes, or on every node
// (nodeLocal), as a static pod or as the unit of the distribution's package.
local component = import '../component.libsonnet';
local unit = import '../unit.libsonnet';

{
  local cluster = $.cluster,
  local net = cluster.net,
  local systemd = std.member($.input.units, 'haproxy.service'),

  haproxy: component.static($, 'haproxy') {
    command:: ['haproxy', '-W', '-db', '-f', '/etc/haproxy/haproxy.cfg'],
    local get(path) = component.get(net.loopback, $.haproxy.healthPort, path, 'HTTP'),
    container+:: {
      livenessProbe: get('/livez') { periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 3 },
      readinessProbe: get('/healthz') { periodSeconds: 2, timeoutSeconds: 2, failureThreshold: 3 },
    },

    // Where it tells on loopback whether it has an apiserver to offer.
    healthPort:: 8404,
    // Where clients connect: the virtual IP moves, so every address of a master; loopback alone where each node has its own.
    bind::
      local port = ':' + cluster.endpoint.port;
      if cluster.loadBalancer.kind == 'nodeLocal' then net.loopbackURL + port
      else if net.families == ['IPv4'] then '*' + port
      else '[::]' + port + ' v4v6',
    // A dead master is seen within a second. Where every node asks each apiserver, the checks must not
    // become a load of their own. Connections to a dead master are cut, so that watches start again at once.
    checks::
      if cluster.loadBalancer.kind == 'nodeLocal' then 'inter 5s fastinter 1s downinter 2s fall 2 rise 2 error-limit 3'
      else 'inter 500ms downinter 1s fall 2 rise 2 error-limit 1',
    server:: 'check check-ssl verify required ca-file /etc/kubernetes/pki/ca.crt ' + self.checks + ' observe layer4 on-error mark-down on-marked-down shutdown-sessions',

    config:: std.join('\n', [
      'global',
      '    log stdout format raw daemon notice',
      '    maxconn 20000',
      '    spread-checks 20',
      // A host that allows fewer open files gets fewer connections, not none.
      '    no strict-limits',
    ] + (if systemd then [
           // Of the package. The port and the CA are opened before.
           '    user haproxy',
           '    group haproxy',
         ] else []) + [
      '',
      'defaults',
      '    log global',
      '    mode tcp',
      '    option dontlognull',
      '    option clitcpka',
      '    option srvtcpka',
      '    option redispatch 1',
      '    retries 3',
      '    timeout connect 500ms',
      '    timeout check 2s',
      '    timeout client 1h',
      '    timeout server 1h',
      '    timeout client-fin 10s',
      '',
      'frontend kube-apiserver',
      '    bind ' + $.haproxy.bind,
      '    default_backend kube-apiserver',
      '',
      'backend kube-apiserver',
      '    balance leastconn',
      '    option httpchk GET ' + $.kubeApiserver.ready,
      '    http-check expect status 200',
      '    default-server ' + $.haproxy.server,
    ] + [
      '    server ' + m.name + ' ' + m.hostURL + ':' + cluster.apiServer.port
      for m in cluster.masters
    ] + [
      '',
      'frontend health',
      '    mode http',
      '    timeout client 5s',
      '    bind ' + net.loopbackURL + ':' + $.haproxy.healthPort,
      '    http-request return status 200 if { path /livez }',
      '    http-request return status 503 if { path /healthz } { nbsrv(kube-apiserver) lt 1 }',
      '    http-request return status 200 if { path /healthz }',
      '    http-request deny status 404',
      '',
    ]),
    files: {
      'etc/haproxy/haproxy.cfg': component.text($.haproxy.config, restarts=[if systemd then 'haproxy.service' else 'haproxy']),
      [if systemd then unit.dropIn('haproxy')]: unit.restarting('haproxy'),
    },
  },
}
