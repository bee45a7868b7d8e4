// What CoreDNS and kube-dns have in common: the Service under whose address pods find DNS, and its Deployment.
function(root)
  local cluster = root.cluster;
  local net = cluster.net;
  {
    service: {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'kube-dns', namespace: 'kube-system' },
      spec: {
        clusterIP: net.dns[0],
        clusterIPs: net.dns,
        ipFamilies: net.families,
        ipFamilyPolicy: if std.length(net.families) > 1 then 'RequireDualStack' else 'SingleStack',
      },
    },

    // What the spec leaves out is in base/. With an autoscaler, the number of replicas is its own to write.
    resources: {
      [name]: cluster.dns[name]
      for name in ['requests', 'limits']
      if cluster.dns[name] != {}
    },
    deployment(name, containers):: {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: name, namespace: 'kube-system' },
      spec: {
        [if std.objectHas(cluster.dns, 'replicas') then 'replicas']: cluster.dns.replicas,
        template: { spec: { containers: containers } },
      },
    },

    configMap(name, data):: {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: name, namespace: 'kube-system' },
      data: data,
    },

    // The cache plugin of CoreDNS: seconds that answers and their absence are kept, and how many of either.
    cache(indent, positive, negative)::
      if positive == negative && !std.objectHas(cluster.dns, 'cacheSize') then [indent + 'cache ' + positive]
      else
        local capacity = std.get(cluster.dns, 'cacheSize', 9984);
        [
          indent + 'cache {',
          indent + '    success ' + capacity + ' ' + positive,
          indent + '    denial ' + capacity + ' ' + negative,
          indent + '}',
        ],
  }
