// Five masters and three racks of workers, computed.
local node(name, address, roles, pool=null) =
  { name: name, address: address, roles: roles } + if pool == null then {} else { pool: pool };
local masters = ['10.2.0.' + i for i in std.range(11, 15)];

{
  apiVersion: 'harender.io/v1alpha1',
  kind: 'Cluster',
  metadata: { name: 'pools' },
  spec: {
    endpoint: { host: '10.2.0.10' },
    networks: { nodes: ['10.2.0.0/16'] },
    pools: {
      ['rack-' + rack]: { labels: { 'example.org/rack': 'r' + rack } }
      for rack in [1, 2, 3]
    },
    extraArgs: { kubelet: { v: 2, 'node-labels': null } },
    nodes:
      [node('m' + i, masters[i - 1], ['etcd', 'control-plane']) for i in std.range(1, 5)] +
      [
        node('w' + rack + '-' + i, '10.2.' + rack + '.' + i, ['worker'], 'rack-' + rack)
        for rack in [1, 2, 3]
        for i in std.range(1, 4)
      ],
  },
}
