// Snapshots of the member on this node, by a timer: saved, checked, and only then given a name that counts.
local component = import '../component.libsonnet';
local pki = '/etc/kubernetes/pki/etcd/';
local timer = 'etcd-snapshot.timer';

{
  local cluster = $.cluster,
  local snapshots = cluster.etcd.snapshots,
  local files = if $.input.kubeadm then ['ca.crt', 'healthcheck-client.crt', 'healthcheck-client.key'] else ['ca.pem', 'client.pem', 'client-key.pem'],
  local client = ' --endpoints=https://' + cluster.net.loopbackURL + ':2379'
                 + ' --cacert=' + pki + files[0] + ' --cert=' + pki + files[1] + ' --key=' + pki + files[2],
  // etcdutl came with etcd 3.5. Before 3.4, etcdctl spoke version 2 of the API unless it was told.
  local minor = std.parseInt(std.split(std.lstripChars(std.split($.release.images.etcd, ':')[1], 'v'), '.')[1]),

  etcdSnapshot: {
    // The programs, which lie on the node itself.
    etcdctl:: '/usr/local/bin/etcdctl',
    etcdutl:: if minor < 5 then self.etcdctl else '/usr/local/bin/etcdutl',

    service:: std.join('\n', [
      '[Unit]',
      'Description=Snapshot of etcd',
      'Documentation=https://etcd.io/docs/',
      'After=etcd.service',
      'RequiresMountsFor=' + snapshots.directory,
      '',
      '[Service]',
      'Type=oneshot',
      'UMask=0077',
    ] + (if minor < 4 then ['Environment=ETCDCTL_API=3'] else []) + [
      'ExecStartPre=/bin/mkdir -p -m 0700 ' + snapshots.directory,
      'ExecStart=' + $.etcdSnapshot.etcdctl + client + ' snapshot save ' + snapshots.directory + '/.new.db',
      'ExecStart=' + $.etcdSnapshot.etcdutl + ' snapshot status ' + snapshots.directory + '/.new.db',
      "ExecStart=/bin/sh -c 'mv " + snapshots.directory + '/.new.db "' + snapshots.directory + "/etcd-$$(date -u +%%Y%%m%%dT%%H%%M%%SZ).db\"'",
      "ExecStart=/bin/sh -c 'ls " + snapshots.directory + '/etcd-*.db | head -n -' + snapshots.retain + " | xargs -r rm --'",
      'Nice=10',
      'IOSchedulingClass=idle',
      '',
    ]),
    timer:: std.join('\n', [
      '[Unit]',
      'Description=Snapshots of etcd',
      '',
      '[Timer]',
      'OnCalendar=' + snapshots.schedule,
      // The members need not all read their databases at the same moment.
      'RandomizedDelaySec=60',
      'Persistent=yes',
      '',
      '[Install]',
      'WantedBy=timers.target',
      '',
    ]),
    files: {
      'etc/systemd/system/etcd-snapshot.service': component.text($.etcdSnapshot.service),
      'etc/systemd/system/etcd-snapshot.timer': component.text($.etcdSnapshot.timer, restarts=[timer]),
      'etc/systemd/system-preset/50-harender-etcd-snapshot.preset': component.preset([timer]),
    },
    nodeFiles(node):: {},
  },
}
