// etcd as a member of the cluster's own etcd, its PKI apart from that of Kubernetes.
local component = import '../component.libsonnet';
local pki = '/etc/kubernetes/pki/etcd/';

{
  local cluster = $.cluster,
  local net = cluster.net,
  local onHost(port) = 'https://' + net.bracket[0] + '$(HOST_IP)' + net.bracket[1] + ':' + port,
  local onLoopback(scheme, port) = scheme + '://' + net.loopbackURL + ':' + port,

  etcd: component.static($, 'etcd', {
    name: '$(NODE_NAME)',
    'data-dir': '/var/lib/etcd',
    'listen-client-urls': onLoopback('https', 2379) + ',' + onHost(2379),
    'advertise-client-urls': onHost(2379),
    'listen-peer-urls': onHost(2380),
    'initial-advertise-peer-urls': onHost(2380),
    // The probes ask here: the client port wants a client certificate, which a kubelet has not.
    'listen-metrics-urls': onLoopback('http', 2381),
    'initial-cluster': std.join(',', [m.name + '=https://' + m.hostURL + ':2380' for m in cluster.etcd.members]),
    'initial-cluster-state': cluster.etcd.initialClusterState,
    'initial-cluster-token': cluster.name,
    'cert-file': pki + 'server.pem',
    'key-file': pki + 'server-key.pem',
    'trusted-ca-file': pki + 'ca.pem',
    'peer-cert-file': pki + 'peer.pem',
    'peer-key-file': pki + 'peer-key.pem',
    'peer-trusted-ca-file': pki + 'ca.pem',
    'cipher-suites': std.join(',', $.tls.cipherSuites),
  }) {
    local get(path) = component.get(net.loopback, 2381, path, 'HTTP'),
    container+:: {
      livenessProbe: get('/livez') { periodSeconds: 10, timeoutSeconds: 15, failureThreshold: 8 },
      readinessProbe: get('/readyz') { periodSeconds: 1, timeoutSeconds: 15, failureThreshold: 3 },
      startupProbe: get('/readyz') { periodSeconds: 5, timeoutSeconds: 15, failureThreshold: 60 },
    },
    files: { 'etc/tmpfiles.d/harender-etcd.conf': component.text('d /var/lib/etcd 0700 root root -\n') },
  },
}
