// What the renderer reads of the library with the mixins over it. A field that only the mixins have is a slip of the pen:
// nothing would read it, and nobody would notice. A component that lost fields was replaced, where it was to be extended.
function(library, mixins)
  local root = library + mixins;
  local read = ['addons', 'cloud', 'files', 'nodeFiles', 'pods', 'resources'];
  local components = std.setDiff(std.objectFields(library), read);
  local missing(a, b) = [f for f in std.objectFieldsAll(a) if !std.objectHasAll(b, f)];
  local replaced = [name for name in components if !std.isObject(root[name]) || missing(library[name], root[name]) != []];
  if replaced != [] then { replaced: replaced } else {
    [name]: root[name]
    for name in read
  } + {
    unknown: missing(root, library) + std.flatMap(
      function(name) [name + '.' + f for f in missing(root[name], library[name])],
      components
    ),
  }
