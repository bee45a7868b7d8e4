// Images from the mirror, and two files that every node has: one for all, one for each.
local site = import 'site.libsonnet';
{
  registries+:: { 'registry.k8s.io': site.mirror },
  kubelet+: {
    files+: {
      'etc/chrony/sources.d/site.sources': {
        text: std.join('', ['server ' + s + ' iburst\n' for s in site.ntp]),
        mode: '0644',
        restarts: ['chrony.service'],
      },
    },
    nodeFiles(node):: super.nodeFiles(node) + {
      'etc/motd': { text: node.name + ' of ' + $.cluster.name + '\n', mode: '0644' },
    },
  },
}
