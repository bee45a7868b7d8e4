// What a mixin replaces where it was to extend it: a field without + drops all that the library has below it, and nobody would
// notice. A marker that is laid below the mixins shows it. Who writes +, or computes the field from super, keeps the marker.
local marker = 'harender:marker';

// The fields of components that are objects to extend. Below config each object counts; below the others, an object is a value.
local fields = ['computed', 'config', 'container', 'files', 'flags', 'objects', 'pod', 'resources', 'sysctls'];
// The fields of the root that are.
local rootFields = ['addons', 'files', 'nodeFiles', 'pods', 'resources', 'sets', 'static', 'tls', 'units'];

// The objects of a value, each with a marker.
local shape(value, deep) = { [marker]:: null } + (
  if !deep then {} else std.foldl(
    function(out, f) if std.isObject(value[f]) then out { [f]+: shape(value[f], deep) } else out, std.objectFields(value), {}
  )
);
local has(o, f) = std.objectHasAll(o, f);
local lost(a, b) = [f for f in std.objectFieldsAll(a) if !std.isObject(b) || !has(b, f)];

// The objects below the path that lost fields together with their marker.
local replaced(path, write, before, marked, deep) =
  local gone = if std.isObject(marked) && has(marked, marker) then [] else lost(before, marked);
  if gone != [] then [{ name: path, write: write, lost: gone }]
  else if !deep || !std.isObject(marked) then []
  else std.flatMap(
    function(f) if std.isObject(before[f]) && has(marked, f) then replaced(path + '.' + f, f + '+: { ... }', before[f], marked[f], deep) else [],
    std.objectFields(before)
  );

// components are the names of those that run: others may lack what they need to be looked at.
function(library, mixins, components, node)
  local found(name) = [f for f in fields if has(library[name], f) && std.isObject(library[name][f])];
  local perNode = [name for name in components if node != null && has(library[name], 'nodeFiles')];
  local markers = std.foldl(function(out, name) out {
    [name]+: std.foldl(function(own, f) own { [f]+: shape(library[name][f], f == 'config') }, found(name), {}) + (
      if std.member(perNode, name) then { nodeFiles(n):: super.nodeFiles(n) + shape({}, false) } else {}
    ),
  }, components, {});
  local rootMarkers = std.foldl(function(out, f) out { [f]+: shape({}, false) }, [f for f in rootFields if has(library, f)], {});
  local plus(o, f) = f + (if std.objectHas(o, f) then '+: { ... }' else '+:: { ... }');
  // The root's fields are made of the components', which have markers of their own: one look at each.
  local marked = library + markers + mixins;
  local markedRoot = library + rootMarkers + mixins;
  std.flatMap(function(name) std.flatMap(
    function(f) replaced(name + '.' + f, plus(library[name], f), library[name][f], marked[name][f], f == 'config'), found(name)
  ), components) +
  std.flatMap(
    function(name) replaced(name + '.nodeFiles', 'nodeFiles(node):: super.nodeFiles(node) + { ... }', library[name].nodeFiles(node), marked[name].nodeFiles(node), false),
    perNode
  ) +
  std.flatMap(function(f) replaced(f, plus(library, f), library[f], markedRoot[f], false), [f for f in rootFields if has(library, f)])
