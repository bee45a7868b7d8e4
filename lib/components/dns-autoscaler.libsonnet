// The autoscaler of the cluster's DNS: as many replicas as the cluster has nodes and cores for.
local common = import '../dns.libsonnet';
local flags = import '../flags.libsonnet';

{
  local cluster = $.cluster,
  local dns = common($),

  dnsAutoscaler: {
    flags:: { configmap: 'dns-autoscaler', logtostderr: true, namespace: 'kube-system', target: cluster.dns.target, v: 2 },
    linear:: cluster.dns.autoscaler { includeUnschedulableNodes: true, preventSinglePointFailure: true },
    objects: {
      'configmap-dns-autoscaler': dns.configMap('dns-autoscaler', { linear: std.manifestJsonMinified($.dnsAutoscaler.linear) }),
      'deployment-dns-autoscaler': {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'dns-autoscaler', namespace: 'kube-system' },
        spec: {
          template: {
            spec: {
              containers: [{
                name: 'autoscaler',
                image: $.image('dns-autoscaler'),
                command: ['/cluster-proportional-autoscaler'] + flags.argv($.dnsAutoscaler.flags),
              }],
            },
          },
        },
      },
    },
  },
}
