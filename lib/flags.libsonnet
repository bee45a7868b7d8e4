// Flags are an object, so that layers merge them: a string, number or boolean; a list for a flag that repeats; null to
// leave it out. argv sorts by name, so that the order never depends on who set what.
{
  argv(flags):: std.flatMap(
    function(name)
      local value = flags[name];
      if value == null then []
      else if std.isArray(value) then ['--' + name + '=' + v for v in value]
      else ['--' + name + '=' + value],
    std.objectFields(flags)
  ),

  // argv as the words of a unit's command line, where a blank parts words, and % and \ have meanings. ${NAME} stays what it
  // is there: a variable of the unit.
  words(flags):: std.join(' ', [
    local escaped = std.foldl(
      function(text, pair) std.strReplace(text, pair[0], pair[1]),
      [['\\', '\\\\'], ['"', '\\"'], ['%', '%%'], ['\n', '\\n']],
      arg
    );
    if std.findSubstr(' ', arg) == [] && std.findSubstr("'", arg) == [] && std.findSubstr('\t', arg) == [] && escaped == arg then arg
    else '"' + escaped + '"'
    for arg in $.argv(flags)
  ]),

  // extraArgs of the spec, where every value is a list and an empty one leaves the flag out.
  extra(args):: { [name]: if args[name] == [] then null else args[name] for name in std.objectFields(args) },
}
