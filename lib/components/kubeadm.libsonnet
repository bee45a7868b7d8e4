// kubeadm: the configuration of a node that it brings up, and what it finds there instead of making it: the kubeconfigs,
// and the files that its static pods read. The authorities have no keys on a node, so it signs nothing.
local component = import '../component.libsonnet';
local kubeconfig = import '../kubeconfig.libsonnet';
local pki = '/etc/kubernetes/pki';
local admin = '/etc/kubernetes/admin/';
local conf(name) = '/etc/kubernetes/' + name + '.conf';
local restarts = ['kubelet.service'];

{
  local cluster = $.cluster,
  local net = cluster.net,
  local master = $.input.controlPlane,
  local stacked = std.length(std.setInter(std.set([m.name for m in cluster.masters]), std.set([m.name for m in cluster.etcd.members]))) > 0,
  local first = cluster.masters[0].name,
  local port = cluster.apiServer.port,
  local client(server, name, cert) = component.object(
    kubeconfig(cluster.name, name, server, null, ca=pki + '/ca.crt', cert=cert + '.crt', key=cert + '.key')
  ),

  // Without flags that kubeadm sets from other fields, or by itself; the user's own stay.
  local own(name, flags, taken) = {
    [flag]: flags[flag]
    for flag in std.objectFields(flags)
    if flags[flag] != null && (!std.member(taken, flag) || std.objectHas($.input.extraArgs[name], flag))
  },
  kubeadm: {
    // The flags that kubeadm sets, by the component.
    taken:: import '../kubeadm/flags.json',
    // The flags that it is told, by the component. Nothing needs a bootstrap token: the nodes have their certificates.
    flags:: {
      'kube-apiserver': { 'enable-bootstrap-token-auth': false } + own('kube-apiserver', $.kubeApiserver.flags {
        'kubelet-certificate-authority': pki + '/ca.crt',
      }, $.kubeadm.taken['kube-apiserver']),
      'kube-controller-manager': own('kube-controller-manager', $.kubeControllerManager.flags, $.kubeadm.taken['kube-controller-manager']),
      // Its pod has no authorities: it looks them up in the cluster.
      'kube-scheduler': own('kube-scheduler', $.kubeScheduler.flags, $.kubeadm.taken['kube-scheduler'] + [
        'client-ca-file',
        'requestheader-allowed-names',
        'requestheader-client-ca-file',
      ]),
      etcd: own('etcd', $.etcd.flags, $.kubeadm.taken.etcd),
      kubelet: own('kubelet', $.kubelet.flags, $.kubeadm.taken.kubelet),
    },
    // What its static pods mount beside /etc/kubernetes/pki, by the component.
    volumes:: {
      local volume(name, path, kind='Directory', readOnly=true) = { name: name, hostPath: path, mountPath: path, readOnly: readOnly, pathType: kind },
      local cloud(name) = [volume(v.name, v.hostPath.path, v.hostPath.type) for v in std.get($.cloudProvider.volumes(name), 'volumes', [])],
      'kube-apiserver': [
        volume('srv', '/srv/kubernetes'),
        volume('audit', '/var/log/kubernetes/audit', 'DirectoryOrCreate', false),
      ] + cloud('kube-apiserver'),
      'kube-controller-manager': cloud('kube-controller-manager'),
      'kube-scheduler': [volume('ca', pki + '/ca.crt', 'File'), volume('client', pki + '/kube-scheduler')],
    },
    etcd:: if stacked then { 'local': { dataDir: $.etcd.flags['data-dir'] } } else { external: {
      endpoints: ['https://' + m.hostURL + ':2379' for m in cluster.etcd.members],
      caFile: pki + '/etcd/ca.crt',
      certFile: pki + '/apiserver-etcd-client.crt',
      keyFile: pki + '/apiserver-etcd-client.key',
    } },

    // What the configuration of a node is made of, whatever its version.
    values(node):: {
      apiVersion: $.kubeadm.apiVersion,
      version: 'v' + $.input.version,
      cluster: cluster.name,
      endpoint: std.strReplace(cluster.endpoint.url, 'https://', ''),
      host: cluster.endpoint.host,
      certSANs: cluster.apiServer.certSANs,
      networking: { serviceSubnet: std.join(',', net.services), podSubnet: std.join(',', net.pods), dnsDomain: net.dnsDomain },
      // Where the images of the version's static pods are.
      imageRepository: std.join('/', std.split($.image('kube-apiserver'), '/')[:-1]),
      etcd: $.kubeadm.etcd,
      flags: $.kubeadm.flags {
        local fill(value) =
          if !std.isString(value) then value
          else std.strReplace(std.strReplace(value, '${NODE_IP}', std.join(',', node.addresses)), '${NODE_LABELS}', std.join(',', node.labels)),
        kubelet: {
          [flag]: fill($.kubeadm.flags.kubelet[flag])
          for flag in std.objectFields($.kubeadm.flags.kubelet)
          if flag != 'node-labels' || node.labels != []
        },
      },
      volumes: $.kubeadm.volumes,
      node: node.name,
      address: node.addresses[0],
      port: port,
      master: master,
      taints: $.input.taints,
      criSocket: $.kubelet.config.containerRuntimeEndpoint,
      discovery: conf('discovery'),
      pki: pki,
      patches: '/etc/kubernetes/patches',
      // It finds what it else makes.
      ignore: ['FileAvailable--etc-kubernetes-kubelet.conf'] + if master then [] else ['FileAvailable--etc-kubernetes-pki-ca.crt'],
      components: [$.kubelet.config { registerWithTaints:: [] }] + (
        if cluster.proxyMode == 'none' then [] else [$.kubeProxy.config { clientConnection: { kubeconfig: '/var/lib/kube-proxy/kubeconfig.conf' } }]
      ),
      // Addons that come by other ways, or not at all.
      skipped: if cluster.proxyMode == 'none' then ['addon/kube-proxy'] else [],
    },
    local current = std.get($.release.apiVersions, 'InitConfiguration') != null,
    apiVersion:: $.release.apiVersions[if current then 'InitConfiguration' else 'MasterConfiguration'],
    // The shape of the documents, by the API version.
    shapes:: {
      'kubeadm.k8s.io/v1alpha1': import '../kubeadm/v1alpha1.libsonnet',
      'kubeadm.k8s.io/v1beta3': import '../kubeadm/v1beta3.libsonnet',
      'kubeadm.k8s.io/v1beta4': import '../kubeadm/v1beta4.libsonnet',
    },
    shape:: if std.objectHas($.kubeadm.shapes, $.kubeadm.apiVersion) then $.kubeadm.shapes[$.kubeadm.apiVersion]
    else error 'lib/kubeadm/ has no shape of ' + $.kubeadm.apiVersion,

    // Unlike the cluster's KubeletConfiguration, that of the node; and nobody signs what the kubelet would ask for.
    kubeletPatch:: $.kubelet.config { rotateCertificates: false },
    // Where kubeadm join asks for the cluster. A balancer on the node itself does not run yet.
    discoveryURL:: if cluster.loadBalancer.kind == 'nodeLocal' then
      local host = cluster.endpoint.host;
      'https://' + (if std.member(host, ':') then '[' + host + ']' else host) + ':' + port
    else cluster.endpoint.url,

    // Whom kubeadm init and the kubelet of its node ask. kube-vip has the right to its address only once there is a cluster, and
    // a balancer that sends no host to itself has nobody else to send it to.
    local early = master && (cluster.loadBalancer.kind == 'kube-vip' || cluster.kubeletLocal),
    local server(node) = if early && node.name == first then 'https://' + node.hostURL + ':' + port else cluster.endpoint.url,
    local kubelet(server) = component.object(kubeconfig(cluster.name, 'system:node', server, pki + '/kubelet'), restarts=restarts),

    local keep(files, without) = { [name]: files[name] for name in std.objectFields(files) if !std.member(without, '/' + name) },
    files: keep($.kubelet.files, ['/var/lib/kubelet/config.yaml', '/etc/systemd/system/kubelet.service.d/20-harender.conf'] + (if early then [conf('kubelet')] else [])) + {
      [if $.release.apiVersions.KubeletConfiguration != null then 'etc/kubernetes/patches/kubeletconfiguration+merge.yaml']: component.object($.kubeadm.kubeletPatch),
      // ExecStart is that of kubeadm's package.
      'etc/systemd/system/kubelet.service.d/20-harender.conf': component.text(std.join('\n', $.kubelet.before + ['']), '0600', restarts),
    } + if !master then {} else
      (if stacked then $.etcd.files else {}) +
      keep($.kubeApiserver.files, [conf('admin')]) +
      keep($.kubeControllerManager.files, [conf('controller-manager')]) +
      keep($.kubeScheduler.files, [conf('scheduler')]) +
      (if early then {} else { [conf('admin')[1:]]: client(cluster.endpoint.url, 'kubernetes-admin', admin + 'admin') }),
    nodeFiles(node)::
      local here = 'https://' + node.hostURL + ':' + port;
      local shape = $.kubeadm.shape($.kubeadm.values(node));
      $.kubelet.nodeFiles(node) + (if master then $.kubeApiserver.nodeFiles(node) + $.kubeControllerManager.nodeFiles(node) + $.kubeScheduler.nodeFiles(node) else {}) + {
        'etc/kubernetes/kubelet.env': component.text('NODE_NAME=' + node.name + '\n', '0600', restarts),
        'etc/kubernetes/kubeadm.yaml': component.objects(if node.name == first then shape.init else shape.join),
      } +
      (if node.name == first then { [if current then 'etc/kubernetes/super-admin.conf']: client(server(node), 'kubernetes-super-admin', admin + 'super-admin') }
       else { 'etc/kubernetes/discovery.conf': client($.kubeadm.discoveryURL, 'system:node:' + node.name, pki + '/kubelet/client') }) +
      (if !early then {} else {
         [conf('admin')[1:]]: client(server(node), 'kubernetes-admin', admin + 'admin'),
         [conf('kubelet')[1:]]: if node.name == first then kubelet(server(node)) else $.kubelet.files['etc/kubernetes/kubelet.conf'],
       }) +
      (if !master then {} else {
         'etc/kubernetes/controller-manager.conf': client(here, 'system:kube-controller-manager', pki + '/kube-controller-manager/client'),
         'etc/kubernetes/scheduler.conf': client(here, 'system:kube-scheduler', pki + '/kube-scheduler/client'),
       }),
  },
}
