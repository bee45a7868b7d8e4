// What the renderer reads of the library with the mixins over it. A field that only the mixins have is a slip of the pen:
// nothing would read it, and nobody would notice. A component that lost fields was replaced, where it was to be extended.
local replaced = import 'replaced.libsonnet';

function(library, mixins)
  local root = library + mixins;
  local read = ['addons', 'cloud', 'files', 'nodeFiles', 'pods', 'resources'];
  local components = std.setDiff(std.objectFields(library), read);
  local missing(a, b) = [f for f in std.objectFieldsAll(a) if !std.objectHasAll(b, f)];
  local gone = [
    { name: name, write: name + '+: { ... }', lost: if std.isObject(root[name]) then missing(library[name], root[name]) else std.objectFieldsAll(library[name]) }
    for name in components
    if !std.isObject(root[name]) || missing(library[name], root[name]) != []
  ];
  // What runs on these nodes, by the names of pods, units and addons: kube-apiserver and etcd.service, for kubeApiserver and etcd.
  local input = library.input;
  local plain(name) = std.strReplace(std.split(name, '.')[0], '-', '');
  local running = std.set([plain(n) for n in input.pods + input.units + input.addons] + ['disks'] + (if input.kubeadm then ['kubeadm'] else []));
  local within = if gone != [] || mixins == {} then [] else
    replaced(library, mixins, [c for c in components if std.member(running, std.asciiLower(c))], if input.nodes == [] then null else input.nodes[0]);
  if gone + within != [] then { replaced: gone + within } else {
    [name]: root[name]
    for name in read
  } + {
    unknown: missing(root, library) + std.flatMap(
      function(name) [name + '.' + f for f in missing(root[name], library[name])],
      components
    ),
  }
