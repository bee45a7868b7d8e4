// One node's files by way of the library, as a user's own script would ask for them. pods are this node's, masters are
// { name, address } of every control plane node, each with an etcd member beside it. input.json has what the library takes
// for a master and for a worker of a golden cluster like it.
local inputs = import 'input.json';

function(name, address, pods, masters, release)
  local node(n) = inputs.master.nodes[0] {
    name: n.name,
    addresses: [n.address],
    hostURL: n.address,
    vrrpAddress: n.address,
    vrrpPriority: 254 - std.foldl(function(i, m) if m.name < n.name then i + 1 else i, masters, 0),
  };
  local all = std.map(node, masters);
  local input = (if std.member(pods, 'etcd') then inputs.master else inputs.worker) {
    cluster+: { name: 'bench', masters: all, etcd+: { members: all }, loadBalancer+: { nodes: all } },
    release: release,
    pods: pods,
    nodes: [node({ name: name, address: address })],
  };
  local out = (import 'lib/output.libsonnet')((import 'lib/main.libsonnet') + { input:: input }, {});
  local text(file) = if 'text' in file then file.text else std.manifestYamlDoc(file.object, quote_keys=false);
  local files = out.files + out.nodeFiles[name];
  { ['pods/' + pod + '.yaml']: std.manifestYamlDoc(out.pods[pod], quote_keys=false) for pod in std.objectFields(out.pods) }
  + { ['files/' + path]: text(files[path]) for path in std.objectFields(files) }
