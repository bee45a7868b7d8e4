// StorageClasses, and PersistentVolumes on storage that exists. Drivers are installations of their own.
{
  local storage = $.cluster.storage,
  local named(kind, apiVersion, name) = { apiVersion: apiVersion, kind: kind, metadata: { name: name } },
  local reference(secret) = { name: secret.name, namespace: secret.namespace },

  storage: {
    classes:: {
      [c.name]: named('StorageClass', 'storage.k8s.io/v1', c.name) {
        [if c.default then 'metadata']+: { annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
        provisioner: c.provisioner,
        reclaimPolicy: c.reclaimPolicy,
        [if c.volumeBindingMode != '' then 'volumeBindingMode']: c.volumeBindingMode,
        [if c.allowVolumeExpansion then 'allowVolumeExpansion']: true,
        [if c.mountOptions != [] then 'mountOptions']: c.mountOptions,
        [if c.parameters != {} then 'parameters']: c.parameters,
      }
      for c in storage.classes
    },

    // The source of a volume, by the name that PersistentVolumes have for it.
    local source(v) =
      if std.objectHas(v, 'iscsi') then {
        iscsi: {
          targetPortal: v.iscsi.targetPortal,
          [if v.iscsi.portals != [] then 'portals']: v.iscsi.portals,
          iqn: v.iscsi.iqn,
          lun: v.iscsi.lun,
          fsType: v.iscsi.fsType,
          [if v.iscsi.readOnly then 'readOnly']: true,
          [if v.iscsi.secret.name != '' then 'chapAuthSession']: true,
          [if v.iscsi.secret.name != '' then 'secretRef']: reference(v.iscsi.secret),
        },
      }
      else if std.objectHas(v, 'nfs') then { nfs: { server: v.nfs.server, path: v.nfs.path, [if v.nfs.readOnly then 'readOnly']: true } }
      else if std.objectHas(v, 'cephFS') then {
        cephfs: {
          monitors: v.cephFS.monitors,
          path: v.cephFS.path,
          user: v.cephFS.user,
          secretRef: reference(v.cephFS.secret),
          [if v.cephFS.readOnly then 'readOnly']: true,
        },
      }
      else { glusterfs: { endpoints: v.gluster.endpoints, path: v.gluster.path, [if v.gluster.readOnly then 'readOnly']: true } },
    volumes:: {
      [v.name]: named('PersistentVolume', 'v1', v.name) {
        spec: {
          capacity: { storage: v.capacity },
          accessModes: v.accessModes,
          persistentVolumeReclaimPolicy: 'Retain',
          storageClassName: v.class,
          [if v.mountOptions != [] then 'mountOptions']: v.mountOptions,
        } + source(v),
      }
      for v in storage.volumes
    },

    resources:
      { ['storageclass-' + name]: $.storage.classes[name] for name in std.objectFields($.storage.classes) } +
      { ['persistentvolume-' + name]: $.storage.volumes[name] for name in std.objectFields($.storage.volumes) },
  },
}
