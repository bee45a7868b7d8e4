// cluster-autoscaler adds and removes nodes of a cloud. It runs on the masters, which it never removes.
local flags = import '../flags.libsonnet';
local configPath = '/etc/cluster-autoscaler';

{
  local cluster = $.cluster,

  clusterAutoscaler: {
    local auto = cluster.clusterAutoscaler,
    local secret = std.get(auto, 'configSecret', ''),

    image:: std.get(auto, 'image', $.image('cluster-autoscaler')),
    flags:: {
      'cloud-provider': auto.cloudProvider,
      [if secret != '' then 'cloud-config']: configPath + '/' + auto.configKey,
      expander: auto.expander,
      'leader-elect': true,
      namespace: 'kube-system',
      nodes: [g.min + ':' + g.max + ':' + g.name for g in auto.nodeGroups],
      'node-group-auto-discovery': auto.autoDiscovery,
    } + $.leaderElection + flags.extra(auto.extraArgs),
    container:: {
      name: 'cluster-autoscaler',
      image: $.clusterAutoscaler.image,
      command: ['./cluster-autoscaler'] + flags.argv($.clusterAutoscaler.flags),
      [if auto.env != {} then 'env']: [{ name: name, value: auto.env[name] } for name in std.objectFields(auto.env)],
      [if std.objectHas(auto, 'envSecret') then 'envFrom']: [{ secretRef: { name: auto.envSecret } }],
      [if secret != '' then 'volumeMounts']: [{ name: 'cloud-config', mountPath: configPath, readOnly: true }],
    },
    // By the name of the Node: its labels are its kubelet's to set, the host name too.
    masters:: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: [m.name] }] } for m in cluster.masters],
    objects: {
      'deployment-cluster-autoscaler': {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'cluster-autoscaler', namespace: 'kube-system' },
        spec: {
          replicas: auto.replicas,
          template: {
            spec: {
              affinity: {
                nodeAffinity: {
                  requiredDuringSchedulingIgnoredDuringExecution: {
                    nodeSelectorTerms: $.clusterAutoscaler.masters,
                  },
                },
              },
              containers: [$.clusterAutoscaler.container],
              [if secret != '' then 'volumes']: [{
                name: 'cloud-config',
                secret: { secretName: secret, items: [{ key: auto.configKey, path: auto.configKey }] },
              }],
            },
          },
        },
      },
    },
  },
}
