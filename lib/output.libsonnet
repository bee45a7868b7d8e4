// What the renderer reads of the library with the mixins over it. A field that only the mixins have is a slip of the pen:
// nothing would read it, and nobody would notice.
function(library, mixins)
  local root = library + mixins;
  local strange(prefix, a, b) = [prefix + f for f in std.objectFieldsAll(a) if !std.objectHasAll(b, f)];
  {
    pods: root.pods,
    files: root.files,
    nodeFiles: root.nodeFiles,
    addons: root.addons,
    unknown: strange('', root, library) + std.flattenArrays([
      strange(name + '.', root[name], library[name])
      for name in std.objectFields(library)
      if !std.objectHas(self, name)
    ]),
  }
