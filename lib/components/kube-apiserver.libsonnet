// kube-apiserver and the files it reads from /srv/kubernetes.
local component = import '../component.libsonnet';
local kubeconfig = import '../kubeconfig.libsonnet';
local srv = '/srv/kubernetes/';
local etcdPKI = '/etc/kubernetes/pki/etcd/';
local auditLog = '/var/log/kubernetes/audit/audit.log';

{
  local cluster = $.cluster,
  local net = cluster.net,
  local apiVersion(kind) = $.release.apiVersions[kind],
  local path(kind, name) = if apiVersion(kind) == null then null else srv + name,

  kubeApiserver: component.static($, 'kube-apiserver', {
    'advertise-address': '$(HOST_IP)',
    'secure-port': cluster.apiServer.port,
    // Authentication: certificates and service accounts; anonymous for the health paths alone.
    'authentication-config': path('AuthenticationConfiguration', 'authentication.yaml'),
    'client-ca-file': srv + 'ca.crt',
    'requestheader-client-ca-file': srv + 'front-proxy-ca.crt',
    'requestheader-allowed-names': 'front-proxy-client',
    'proxy-client-cert-file': srv + 'front-proxy-client.crt',
    'proxy-client-key-file': srv + 'front-proxy-client.key',
    'token-auth-file': if cluster.apiServer.tokens then srv + 'known_tokens.csv' else null,
    'basic-auth-file': if cluster.apiServer.basicAuth then srv + 'basic_auth.csv' else null,
    'service-account-issuer': 'https://kubernetes.default.svc.' + net.dnsDomain,
    'service-account-key-file': srv + 'sa.pub',
    'service-account-signing-key-file': srv + 'sa.key',
    'enable-admission-plugins': std.join(',', $.kubeApiserver.plugins),
    'admission-control-config-file': if $.kubeApiserver.admission == {} then null else srv + 'admission.yaml',
    'audit-policy-file': srv + 'audit-policy.yaml',
    'audit-log-path': auditLog,
    'encryption-provider-config': srv + 'encryption.yaml',
    // A stacked master asks its own etcd: when the machine dies, both die together.
    'etcd-servers': if $.runs('etcd') then 'https://' + net.loopbackURL + ':2379'
    else std.join(',', ['https://' + m.hostURL + ':2379' for m in cluster.etcd.members]),
    'etcd-cafile': etcdPKI + 'ca.pem',
    'etcd-certfile': etcdPKI + 'client.pem',
    'etcd-keyfile': etcdPKI + 'client-key.pem',
    'kubelet-certificate-authority': srv + 'ca.crt',
    'kubelet-client-certificate': srv + 'apiserver-kubelet-client.crt',
    'kubelet-client-key': srv + 'apiserver-kubelet-client.key',
    'service-cluster-ip-range': std.join(',', net.services),
    'tls-cert-file': srv + 'server.cert',
    'tls-private-key-file': srv + 'server.key',
    'tls-min-version': $.tls.minVersion,
    'tls-cipher-suites': std.join(',', $.tls.cipherSuites),
    // A client keeps its connection for life; a few GOAWAYs spread the load again after a master was away.
    'goaway-chance': if std.length(cluster.masters) > 1 then '0.001' else null,
    // Time for the balancer to see /readyz fail before connections are refused.
    'shutdown-delay-duration': '5s',
    // Watches end with the apiserver. Without this, those that did not come through the balancer hold it up until the kubelet kills it.
    'shutdown-watch-termination-grace-period': '10s',
  }) {
    local get(path) = component.get(net.loopback, cluster.apiServer.port, path, 'HTTPS'),
    container+:: {
      livenessProbe: get($.kubeApiserver.live) { periodSeconds: 10, timeoutSeconds: 15, failureThreshold: 8 },
      readinessProbe: get($.kubeApiserver.ready) { periodSeconds: 1, timeoutSeconds: 15, failureThreshold: 3 },
      startupProbe: get($.kubeApiserver.live) { periodSeconds: 5, timeoutSeconds: 15, failureThreshold: 60 },
    },

    // A file of authorizers and the flags that name them exclude each other.
    flags+:: {
      local all = $.kubeApiserver.flags,
      local file = std.get(all, 'authorization-config') != null && !std.objectHas($.input.extraArgs['kube-apiserver'], 'authorization-mode'),
      'authorization-mode': if !file && 'authorization-mode' in super then super['authorization-mode'],
    },

    // Where it says that it lives, and that it can be asked: the probes' paths and the balancer's.
    live:: '/livez',
    ready:: '/readyz',

    // Admission plugins beside those that the version has on by itself.
    plugins:: ['NodeRestriction'],
    // Plugins with a configuration of their own, by name.
    admission:: {
      PodSecurity: {
        apiVersion: 'pod-security.admission.config.k8s.io/v1',
        kind: 'PodSecurityConfiguration',
        defaults: {
          enforce: 'privileged',
          'enforce-version': 'latest',
          audit: 'baseline',
          'audit-version': 'latest',
          warn: 'baseline',
          'warn-version': 'latest',
        },
        exemptions: { usernames: [], runtimeClasses: [], namespaces: ['kube-system'] },
      },
    },
    auditRules:: (import '../audit.libsonnet').rules,

    local restarts = ['kube-apiserver'],
    files: {
      [if apiVersion('AuthenticationConfiguration') != null then 'srv/kubernetes/authentication.yaml']: component.object({
        apiVersion: apiVersion('AuthenticationConfiguration'),
        kind: 'AuthenticationConfiguration',
        anonymous: { enabled: true, conditions: [{ path: p } for p in ['/livez', '/readyz', '/healthz']] },
      }, restarts=restarts),
      [if $.kubeApiserver.admission != {} then 'srv/kubernetes/admission.yaml']: component.object({
        apiVersion: apiVersion('AdmissionConfiguration'),
        kind: 'AdmissionConfiguration',
        plugins: [
          { name: name, configuration: $.kubeApiserver.admission[name] }
          for name in std.objectFields($.kubeApiserver.admission)
        ],
      }, restarts=restarts),
      'srv/kubernetes/audit-policy.yaml': component.object({
        apiVersion: apiVersion('Policy'),
        kind: 'Policy',
        omitStages: ['RequestReceived'],
        rules: $.kubeApiserver.auditRules,
      }, restarts=restarts),
      'etc/kubernetes/admin.conf': component.object(
        kubeconfig(cluster.name, 'kubecfg', $.kubelet.server, null, ca=srv + 'ca.crt', cert=srv + 'kubecfg.crt', key=srv + 'kubecfg.key')
      ),
      'etc/tmpfiles.d/harender-apiserver.conf': component.text('d /var/log/kubernetes/audit 0700 root root -\n'),
    },
  },
}
