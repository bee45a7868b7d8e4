// keepalived moves the virtual IP between the balancer's nodes: to one whose haproxy has an apiserver to offer (keepalived), or
// to a director that spreads connections itself, with IPVS and direct routing (lvs).
local component = import '../component.libsonnet';
local unit = import '../unit.libsonnet';

{
  local cluster = $.cluster,
  local net = cluster.net,
  local lb = cluster.loadBalancer,
  local systemd = std.member($.input.units, 'keepalived.service'),
  local director = lb.kind == 'lvs',

  keepalived: component.static($, 'keepalived') {
    command:: ['keepalived', '--dont-fork', '--log-console', '--use-file=/etc/keepalived/keepalived.conf'],

    // Seconds between advertisements. A backup takes over after three of them and a little more.
    advertInterval:: '0.3',
    // What says whether haproxy has an apiserver: curl is in the image, and need not be on a host.
    check:: if systemd then '/etc/keepalived/check-apiservers'
    else '/usr/bin/curl --silent --fail --max-time 1 --output /dev/null http://' + net.loopbackURL + ':' + $.haproxy.healthPort + '/healthz',
    checkScript:: std.join('\n', [
      '#!/bin/bash',
      '# Ends with 0 if the haproxy of this host has an apiserver to offer.',
      '{ exec 3<>/dev/tcp/' + net.loopback + '/' + $.haproxy.healthPort + '; } 2>/dev/null || exit 1',
      "printf 'GET /healthz HTTP/1.0\\r\\n\\r\\n' >&3",
      'read -r -t 1 _ status _ <&3',
      '[ "$status" = 200 ]',
      '',
    ]),

    // How a director asks an apiserver whether it is ready. keepalived does not verify the certificate; clients do.
    realServer(master):: [
      '    real_server ' + master.addresses[0] + ' ' + cluster.apiServer.port + ' {',
      '        SSL_GET {',
      '            url {',
      '                path ' + $.kubeApiserver.ready,
      '                status_code 200',
      '            }',
      '            connect_timeout 2',
      '            retry 1',
      '            delay_before_retry 1',
      '        }',
      '    }',
    ],
    // Nobody answers for a dead pool, and a client may meet another apiserver with each connection.
    virtualServer:: [
      'virtual_server ' + lb.virtualIP + ' ' + cluster.endpoint.port + ' {',
      '    delay_loop 2',
      '    lvs_sched lc',
      '    lvs_method DR',
      '    protocol TCP',
      '    alpha',
    ] + std.flatMap($.keepalived.realServer, cluster.masters) + [
      '}',
      '',
    ],

    // One virtual IP, of a family in which all nodes have an address.
    instance(node, i):: [
      'vrrp_instance ' + i.name + ' {',
      '    state BACKUP',
      '    nopreempt',
      '    interface ' + node.interface,
      '    virtual_router_id ' + i.virtualRouterID,
      '    priority ' + node.vrrpPriority,
      '    advert_int ' + $.keepalived.advertInterval,
      '    unicast_src_ip ' + i.addresses[node.name],
      '    unicast_peer {',
    ] + ['        ' + i.addresses[n.name] for n in lb.nodes if n.name != node.name] + [
      '    }',
      '    virtual_ipaddress {',
      '        ' + i.virtualIPPrefix,
      '    }',
    ] + (if director then [] else [
           '    track_script {',
           '        kube-apiserver',
           '    }',
         ]) + [
      '}',
      '',
    ],

    config(node):: std.join('\n', [
      'global_defs {',
      '    router_id ' + node.name,
      '    vrrp_version 3',
      '    enable_script_security',
      '    script_user root',
      '}',
      '',
    ] + (if std.length(lb.instances) < 2 then [] else [
           // Where one address goes, the other goes too.
           'vrrp_sync_group kube-apiserver {',
           '    group {',
         ] + ['        ' + i.name for i in lb.instances] + [
           '    }',
           '}',
           '',
         ]) + (if director then [] else [
                 'vrrp_script kube-apiserver {',
                 '    script "' + $.keepalived.check + '"',
                 '    interval 1',
                 '    timeout 2',
                 '    fall 2',
                 '    rise 2',
                 '}',
                 '',
               ]) + std.flatMap(function(i) $.keepalived.instance(node, i), lb.instances) + (if director then $.keepalived.virtualServer else [])),

    local restarts = [if systemd then 'keepalived.service' else 'keepalived'],
    files: {
      [if systemd then unit.dropIn('keepalived')]: unit.restarting('keepalived', if director then [] else ['After=haproxy.service']),
      [if systemd && !director then $.keepalived.check[1:]]: component.text($.keepalived.checkScript, '0755'),
      // A static pod may not load modules. Connections to an apiserver that is gone end, so that clients make new ones.
      [if director then 'etc/modules-load.d/harender-ipvs.conf']: component.text('ip_vs\nip_vs_lc\n'),
      [if director then 'etc/sysctl.d/91-harender-ipvs.conf']: component.text('net.ipv4.vs.expire_nodest_conn = 1\n'),
    },
    nodeFiles(node):: {
      'etc/keepalived/keepalived.conf': component.text($.keepalived.config(node), '0600', restarts),
    },
  },

  // With direct routing, a packet for the virtual IP reaches an apiserver's host as it was sent. The host takes it, as the
  // address is on its loopback, and must not tell its neighbours about it, which is the director's to do.
  apiserverVIP: {
    local v4 = std.findSubstr(':', lb.virtualIP) == [],
    sysctls:: if v4 then { 'net.ipv4.conf.all.arp_announce': 2, 'net.ipv4.conf.all.arp_ignore': 1 } else {},
    // A deprecated IPv6 address is no source address of connections.
    address:: lb.virtualIPPrefix + ' dev lo' + (if v4 then '' else ' preferred_lft 0'),
    unit:: std.join('\n', [
      '[Unit]',
      'Description=Virtual IP of the apiservers, for a director',
      'Before=kubelet.service',
      '',
      '[Service]',
      'Type=oneshot',
      'RemainAfterExit=yes',
    ] + (if v4 then ['ExecStartPre=/usr/lib/systemd/systemd-sysctl /etc/sysctl.d/91-harender-vip.conf'] else []) + [
      'ExecStart=ip address replace ' + $.apiserverVIP.address,
      'ExecStop=ip address delete ' + lb.virtualIPPrefix + ' dev lo',
      '',
      '[Install]',
      'WantedBy=multi-user.target',
      '',
    ]),
    files: {
      'etc/systemd/system/apiserver-vip.service': component.text($.apiserverVIP.unit, restarts=['apiserver-vip.service']),
      'etc/systemd/system-preset/50-harender-vip.preset': component.preset(['apiserver-vip.service']),
      [if v4 then 'etc/sysctl.d/91-harender-vip.conf']: component.text(std.join('', [
        name + ' = ' + $.apiserverVIP.sysctls[name] + '\n'
        for name in std.objectFields($.apiserverVIP.sysctls)
      ]), restarts=['apiserver-vip.service']),
    },
    nodeFiles(node):: {},
  },
}
