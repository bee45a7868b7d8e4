// kube-vip moves the virtual IP to the apiserver whose kube-vip holds a Lease. It asks the apiserver beside it, with rights to
// that Lease alone (base/addons/kube-vip). The names are those of pkg/kubevip/config_envvar.go.
local component = import '../component.libsonnet';
local kubeconfig = import '../kubeconfig.libsonnet';
local conf = 'etc/kubernetes/kube-vip.conf';

{
  local cluster = $.cluster,
  local lb = cluster.loadBalancer,

  kubeVIP: component.static($, 'kube-vip') {
    command:: ['/kube-vip', 'manager'],
    env:: {
      address: lb.virtualIP,
      port: '' + cluster.apiServer.port,
      vip_interface: $.input.interface,
      vip_subnet: std.split(lb.virtualIPPrefix, '/')[1],
      vip_arp: 'true',
      cp_enable: 'true',
      cp_namespace: 'kube-system',
      svc_enable: 'false',
      kubernetes_addr: cluster.apiServer.localURL,
      vip_leaderelection: 'true',
      vip_leasename: 'plndr-cp-lock',
      vip_leaseduration: '5',
      vip_renewdeadline: '3',
      vip_retryperiod: '1',
      prometheus_server: cluster.net.loopbackURL + ':2112',
    },
    container+:: { env: [{ name: name, value: $.kubeVIP.env[name] } for name in std.objectFields($.kubeVIP.env)] },
    files: {
      [conf]: component.object(
        kubeconfig(cluster.name, 'kube-vip', cluster.apiServer.localURL, '/etc/kubernetes/pki/kube-vip'), restarts=['kube-vip']
      ),
    },
  },
}
