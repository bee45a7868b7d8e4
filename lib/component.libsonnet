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

  // Probes of a port on the node itself: all of these pods share the node's network.
  get(host, port, path, scheme):: { httpGet: { host: host, port: port, path: path, scheme: scheme } },

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
