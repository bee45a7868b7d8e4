// The cloud provider: what tells the components of it. An external one is a controller of its own, which its users install.
local component = import '../component.libsonnet';

{
  local cloud = $.cluster.cloudProvider,
  // Who is told, by the kind of provider.
  local told = {
    none: [],
    external: ['kube-controller-manager', 'kubelet'],
    inTree: ['kube-apiserver', 'kube-controller-manager', 'kubelet'],
  }[cloud.kind],
  local file = std.get(cloud, 'config', ''),

  cloudProvider: {
    flags(name):: if std.member(told, name) then {
      'cloud-provider': cloud.flag,
      [if file != '' then 'cloud-config']: file,
    } else {},

    // What a static pod needs to read the configuration: in its container, and in the pod.
    local reads(name) = std.member(told, name) && file != '',
    mounts(name):: if reads(name) then { volumeMounts: [{ name: 'cloud-config', mountPath: file, readOnly: true }] } else {},
    volumes(name):: if reads(name) then { volumes: [{ name: 'cloud-config', hostPath: { path: file, type: 'File' } }] } else {},

    files:: if std.objectHas(cloud, 'text') then {
      [file[1:]]: component.text(
        cloud.text,
        '0600',
        ['kubelet.service'] + [name for name in ['kube-apiserver', 'kube-controller-manager'] if $.runs(name)]
      ),
    } else {},
  },
}
