// The common shape of the components that run as static pods.
local flags = import 'flags.libsonnet';

{
  // A static pod of one container. What never depends on the spec (volumes, security context, resources) is in base/.
  // computed are the flags that the library sets from the spec; over them go those that the version's data sets, then
  // extraArgs of the spec. A mixin extends flags and has the last word; one that extends computed stays below extraArgs.
  static(root, name, computed={}):: {
    local this = self,
    image:: root.image(name),
    command:: [name],
    computed:: computed,
    flags:: this.computed + root.cloudProvider.flags(name) + std.get(root.release.flags, name, {}) + flags.extra(std.get(root.input.extraArgs, name, {})),
    container:: { name: name, image: this.image, command: this.command + flags.argv(this.flags) } + root.cloudProvider.mounts(name),
    pod: {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: name, namespace: 'kube-system' },
      spec: { containers: [this.container] } + root.cloudProvider.volumes(name),
    },
    files: {},
    nodeFiles(node):: {},
  },

  // Probes of a port on the node itself: all of these pods share the node's network. Without a host, the kubelet asks the
  // address of the pod, which is the node's.
  get(host, port, path, scheme):: { httpGet: { [if host != null then 'host']: host, port: port, path: path, scheme: scheme } },

  // Whom to ask on the node who listens at an address. Every address includes loopback, and a kubelet knows no variables.
  asked(address, loopback)::
    if address == null || std.member(['', '0.0.0.0', '::'], address) then loopback
    else if std.findSubstr('$', address) != [] then null
    else address,

  // The one value of a flag: the last of those that were given, or else what the component does without.
  value(flags, name, default)::
    local given = std.get(flags, name);
    if std.isArray(given) then given[std.length(given) - 1] else if given == null then default else given,

  // What is no number is found by who checks the flags.
  number(text, default):: if text != '' && std.stripChars(text, '0123456789') == '' then std.parseInt(text) else default,

  // Host and port of HOST:PORT, with brackets around an IPv6 address. What lacks either has it from the other pair.
  hostPort(text, host, port)::
    local number = self.number;
    local closing = std.findSubstr(']', text);
    local colons = [i for i in std.findSubstr(':', text) if closing == [] || i > closing[0]];
    // An IPv6 address without brackets has no port.
    local plain = colons == [] || closing == [] && std.length(colons) > 1;
    local name = std.strReplace(std.strReplace(if plain then text else text[:colons[0]], '[', ''), ']', '');
    { host: if name == '' then host else name, port: if plain then port else number(text[colons[0] + 1:], port) },

  // What refuses to start a unit on another host than the one whose name the variable of its environment has: etcd's member
  // name, the Node authorizer and the certificates all take the host's name for the node's.
  hostNameCheck(variable)::
    'test "$(uname -n)" = "${' + variable + '}" || { echo "this host is called $(uname -n), and the files in /etc/kubernetes are those of ${' + variable + '}" >&2; exit 1; }',

  // Units that systemctl preset enables, and the first start of a machine.
  preset(units):: self.text(std.join('', ['enable ' + u + '\n' for u in units])),

  // A file of a node: text, an object that becomes YAML, or objects that become its documents. Mode is octal. restarts
  // names the static pods and units that read it only when they start.
  text(content, mode='0644', restarts=[]):: { text: content, mode: mode, restarts: restarts },
  object(content, mode='0600', restarts=[]):: { object: content, mode: mode, restarts: restarts },
  objects(contents, mode='0600', restarts=[]):: { objects: contents, mode: mode, restarts: restarts },
}
