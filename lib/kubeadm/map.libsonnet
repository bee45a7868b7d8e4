// Flags as a mapping, which has each once: the values of one that repeats become a list of it.
function(flags) {
  [name]: if std.isArray(flags[name]) then std.join(',', flags[name]) else '' + flags[name]
  for name in std.objectFields(flags)
}
