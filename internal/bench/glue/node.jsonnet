// One node's files by way of the library, as a user's own script would ask for them. pods are this node's, masters are
// { name, address } of every control plane node, each with an etcd member beside it.
function(name, address, pods, masters, release)
  local node(n) = {
    name: n.name,
    addresses: [n.address],
    hostURL: n.address,
    interface: 'eth0',
    labels: [],
    vrrpAddress: n.address,
    vrrpPriority: 254 - std.foldl(function(i, m) if m.name < n.name then i + 1 else i, masters, 0),
  };
  local all = std.map(node, masters);
  local isMaster = std.member(pods, 'etcd');
  local input = {
    cluster: {
      name: 'bench',
      endpoint: { host: '10.0.0.10', port: 8443, url: 'https://10.0.0.10:8443' },
      apiServer: { port: 6443, localURL: 'https://127.0.0.1:6443' },
      loadBalancer: { kind: 'keepalived', virtualIPPrefix: '10.0.0.10/32', virtualRouterID: 51 },
      net: {
        pods: ['10.244.0.0/16'],
        services: ['10.96.0.0/12'],
        dns: ['10.96.0.10'],
        dnsDomain: 'cluster.local',
        families: ['IPv4'],
        nodeCIDRMaskSizes: [{ family: 'ipv4', bits: 24 }],
        loopback: '127.0.0.1',
        loopbackURL: '127.0.0.1',
        anyAddress: '0.0.0.0',
        anyAddressURL: '0.0.0.0',
        bracket: ['', ''],
      },
      etcd: { members: all, initialClusterState: 'new' },
      masters: all,
      kubeletLocal: false,
      proxyMode: 'nftables',
      dns: { servers: ['10.96.0.10'] },
    },
    version: '1.36.3',
    release: release,
    pods: pods,
    units: ['kubelet.service'],
    taints: if isMaster then [{ key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' }] else [],
    extraArgs: { [c]: {} for c in ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kube-proxy', 'kubelet'] },
    nodes: [node({ name: name, address: address })],
  };
  local out = (import 'lib/output.libsonnet')((import 'lib/main.libsonnet') + { input:: input }, {});
  local text(file) = if 'text' in file then file.text else std.manifestYamlDoc(file.object, quote_keys=false);
  local files = out.files + out.nodeFiles[name];
  { ['pods/' + pod + '.yaml']: std.manifestYamlDoc(out.pods[pod], quote_keys=false) for pod in std.objectFields(out.pods) }
  + { ['files/' + path]: text(files[path]) for path in std.objectFields(files) }
