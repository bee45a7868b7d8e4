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

  // argv as the words of a unit's command line, each of which systemd reads back as it is. The variables of the unit alone are put in
  // by systemd, as ${NAME}; its escapes are those of JSON, and % and $ stand twice (systemd.syntax(7), systemd.service(5)).
  words(flags, variables):: std.join(' ', [
    local json = std.escapeStringJson(arg);
    local escaped = std.foldl(
      function(text, name) std.strReplace(text, '$${' + name + '}', '${' + name + '}'),
      variables,
      std.strReplace(std.strReplace(json, '%', '%%'), '$', '$$')
    );
    if json == '"' + arg + '"' && std.findSubstr(' ', arg) == [] && std.findSubstr("'", arg) == [] then escaped[1:std.length(escaped) - 1]
    else escaped
    for arg in $.argv(flags)
  ]),

  // extraArgs of the spec, where every value is a list and an empty one leaves the flag out.
  extra(args):: { [name]: if args[name] == [] then null else args[name] for name in std.objectFields(args) },
}
