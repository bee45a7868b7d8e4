// What Kubernetes 1.9 has otherwise than the library, and what is more than data: lib/versions/1.9.json names this overlay,
// and it comes before those of the spec. docs/kubernetes-1.9.md says why each is so.
local component = import '../../lib/component.libsonnet';
local dns = import '../../lib/dns.libsonnet';
local kubelet = import 'kubelet.libsonnet';

// Probes of then: one path for all, and nothing that waits for a slow start but a delay.
local healthz(container) = container {
  livenessProbe+: { initialDelaySeconds: 15 },
  [if std.objectHas(container, 'startupProbe') then 'startupProbe']:: null,
};

{
  // A Service had one address, of the cluster's one family.
  local service = { 'service-kube-dns'+: { spec: { clusterIP: $.cluster.net.dns[0] } } },

  // Insecure, but on loopback: then there was no other port, and the probes need one.
  local controller(port) = {
    local loopback = $.cluster.net.loopback,
    local flags = self.flags,
    local host = component.asked(component.value(flags, 'address', null), loopback),
    computed+:: { address: loopback },
    container:: healthz(super.container) {
      livenessProbe+: component.get(host, component.number('' + component.value(flags, 'port', port), port), '/healthz', 'HTTP'),
    },
  },
  kubeControllerManager+: controller(10252),
  kubeScheduler+: controller(10251),

  kubeApiserver+: {
    live:: '/healthz',
    ready:: '/healthz',
    // In this order, which then was the order of their work. There was no default to add to.
    local first = ['NamespaceLifecycle', 'LimitRanger', 'ServiceAccount', 'PersistentVolumeLabel', 'DefaultStorageClass', 'DefaultTolerationSeconds'],
    local last = ['MutatingAdmissionWebhook', 'ValidatingAdmissionWebhook', 'ResourceQuota'],
    // Of the overlay hardened: in 1.9 nothing refuses the external addresses of a Service.
    local later = ['DenyServiceExternalIPs'],
    local asked = [p for p in $.kubeApiserver.plugins if !std.member(first + last + later, p)],
    computed+:: {
      'admission-control': std.join(',', first + asked + last),
      'apiserver-count': std.length($.cluster.masters),
    },
    admission:: {},
    // The leaders' locks were Endpoints, renewed every two seconds.
    auditRules:: [{
      level: 'None',
      users: ['system:kube-controller-manager', 'system:kube-scheduler'],
      verbs: ['get', 'update'],
      namespaces: ['kube-system'],
      resources: [{ group: '', resources: ['endpoints'] }],
    }] + super.auditRules,
    container:: healthz(super.container),
  },

  // Its one port wants a client certificate, so no kubelet can ask. A member answers by itself (s), with or without a quorum:
  // to restart it would bring none.
  etcd+: {
    container+:: {
      local pki = '/etc/kubernetes/pki/etcd/',
      livenessProbe: {
        exec: {
          command: [
            '/bin/sh',
            '-c',
            'ETCDCTL_API=3 exec etcdctl --endpoints=https://' + $.cluster.net.loopbackURL + ':2379 --cacert=' + pki + 'ca.pem --cert=' + pki
            + 'client.pem --key=' + pki + 'client-key.pem get --consistency=s health',
          ],
        },
        initialDelaySeconds: 30,
        periodSeconds: 10,
        timeoutSeconds: 15,
        failureThreshold: 8,
      },
      readinessProbe:: null,
      startupProbe:: null,
    },
  },

  kubeProxy+: {
    container+:: { livenessProbe+: { httpGet+: { path: '/healthz' } } },
    config+:: { [if $.cluster.proxyMode == 'ipvs' then 'featureGates']: 'SupportIPVSProxyMode=true' },
  },

  kubelet+: kubelet($) {
    // kube-proxy of then wants this one too, or does iptables.
    modules:: if super.modules == [] then [] else super.modules + ['nf_conntrack_ipv4'],
  },

  clusterAutoscaler+: {
    flags+:: { logtostderr: true },
    // Fields of a Node cannot be asked for yet.
    masters:: [{ matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: [m.name for m in $.cluster.masters] }] }],
  },

  // The Corefile of CoreDNS 1.0.
  coredns+: {
    corefile:: std.join('\n', [
      '.:53 {',
      '    errors',
      '    health',
      '    kubernetes ' + $.cluster.net.dnsDomain + ' ' + $.cluster.net.services[0] + ' {',
      '        pods insecure',
      '    }',
      '    prometheus :9153',
      '    proxy . /etc/resolv.conf',
    ] + dns($).cache('    ', 30, 30) + [
      '    loadbalance',
      '}',
      '',
    ]),
    objects+: service,
  },
  kubeDNS+: {
    flags+:: { nanny+: { logtostderr: true }, sidecar+: { logtostderr: true } },
    objects+: service,
  },
}
