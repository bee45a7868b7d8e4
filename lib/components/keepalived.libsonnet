// keepalived moves the virtual IP to a master whose haproxy has an apiserver to offer.
local component = import '../component.libsonnet';

{
  local lb = $.cluster.loadBalancer,

  keepalived: component.static($, 'keepalived') {
    command:: ['keepalived', '--dont-fork', '--log-console', '--use-file=/etc/keepalived/keepalived.conf'],

    // Seconds between advertisements. A backup takes over after three of them and a little more.
    advertInterval:: '0.3',
    config(node):: std.join('\n', [
      'global_defs {',
      '    router_id ' + node.name,
      '    vrrp_version 3',
      '    enable_script_security',
      '    script_user root',
      '}',
      '',
      'vrrp_script kube-apiserver {',
      '    script "/usr/bin/curl --silent --fail --max-time 1 --output /dev/null ' + $.healthURL + '"',
      '    interval 1',
      '    timeout 2',
      '    fall 2',
      '    rise 2',
      '}',
      '',
      'vrrp_instance kube-apiserver {',
      '    state BACKUP',
      '    nopreempt',
      '    interface ' + node.interface,
      '    virtual_router_id ' + lb.virtualRouterID,
      '    priority ' + node.vrrpPriority,
      '    advert_int ' + $.keepalived.advertInterval,
      '    unicast_src_ip ' + node.vrrpAddress,
      '    unicast_peer {',
    ] + ['        ' + m.vrrpAddress for m in $.cluster.masters if m.name != node.name] + [
      '    }',
      '    virtual_ipaddress {',
      '        ' + lb.virtualIPPrefix,
      '    }',
      '    track_script {',
      '        kube-apiserver',
      '    }',
      '}',
      '',
    ]),
    nodeFiles(node):: {
      'etc/keepalived/keepalived.conf': component.text($.keepalived.config(node), '0600', ['keepalived']),
    },
  },
}
