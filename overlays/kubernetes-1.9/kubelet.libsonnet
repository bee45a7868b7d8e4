// A kubelet that has no configuration file: what the library, the overlays and the user's mixins say in kubelet.config
// becomes flags.

// Fields of KubeletConfiguration, by the flag that means the same.
local flagOf = {
  address: 'address',
  cgroupDriver: 'cgroup-driver',
  cgroupRoot: 'cgroup-root',
  cgroupsPerQOS: 'cgroups-per-qos',
  clusterDNS: 'cluster-dns',
  clusterDomain: 'cluster-domain',
  cpuCFSQuota: 'cpu-cfs-quota',
  cpuManagerPolicy: 'cpu-manager-policy',
  cpuManagerReconcilePeriod: 'cpu-manager-reconcile-period',
  enableControllerAttachDetach: 'enable-controller-attach-detach',
  enableDebuggingHandlers: 'enable-debugging-handlers',
  enableServer: 'enable-server',
  enforceNodeAllocatable: 'enforce-node-allocatable',
  eventBurst: 'event-burst',
  eventRecordQPS: 'event-qps',
  evictionMaxPodGracePeriod: 'eviction-max-pod-grace-period',
  evictionPressureTransitionPeriod: 'eviction-pressure-transition-period',
  failSwapOn: 'fail-swap-on',
  fileCheckFrequency: 'file-check-frequency',
  hairpinMode: 'hairpin-mode',
  healthzBindAddress: 'healthz-bind-address',
  healthzPort: 'healthz-port',
  imageGCHighThresholdPercent: 'image-gc-high-threshold',
  imageGCLowThresholdPercent: 'image-gc-low-threshold',
  imageMinimumGCAge: 'minimum-image-ttl-duration',
  kubeAPIBurst: 'kube-api-burst',
  kubeAPIQPS: 'kube-api-qps',
  kubeReservedCgroup: 'kube-reserved-cgroup',
  kubeletCgroups: 'kubelet-cgroups',
  makeIPTablesUtilChains: 'make-iptables-util-chains',
  maxOpenFiles: 'max-open-files',
  maxPods: 'max-pods',
  nodeStatusUpdateFrequency: 'node-status-update-frequency',
  oomScoreAdj: 'oom-score-adj',
  podsPerCore: 'pods-per-core',
  port: 'port',
  protectKernelDefaults: 'protect-kernel-defaults',
  readOnlyPort: 'read-only-port',
  registryBurst: 'registry-burst',
  registryPullQPS: 'registry-qps',
  resolvConf: 'resolv-conf',
  rotateCertificates: 'rotate-certificates',
  runtimeRequestTimeout: 'runtime-request-timeout',
  serializeImagePulls: 'serialize-image-pulls',
  staticPodPath: 'pod-manifest-path',
  streamingConnectionIdleTimeout: 'streaming-connection-idle-timeout',
  syncFrequency: 'sync-frequency',
  systemCgroups: 'system-cgroups',
  systemReservedCgroup: 'system-reserved-cgroup',
  tlsCertFile: 'tls-cert-file',
  tlsPrivateKeyFile: 'tls-private-key-file',
  volumeStatsAggPeriod: 'volume-stats-agg-period',
};

// Fields that are objects, by the flag and by what stands between a key and its value there.
local pairsOf = {
  evictionHard: ['eviction-hard', '<'],
  evictionMinimumReclaim: ['eviction-minimum-reclaim', '='],
  evictionSoft: ['eviction-soft', '<'],
  evictionSoftGracePeriod: ['eviction-soft-grace-period', '='],
  featureGates: ['feature-gates', '='],
  kubeReserved: ['kube-reserved', '='],
  systemReserved: ['system-reserved', '='],
};

local pairs(object, between) = std.join(',', [key + between + object[key] for key in std.objectFields(object)]);

local taint(t) = t.key + '=' + std.get(t, 'value', '') + ':' + t.effect;

// Fields with parts of their own.
local special(config) = {
  local auth = config.authentication,
  'anonymous-auth': auth.anonymous.enabled,
  'authentication-token-webhook': auth.webhook.enabled,
  'authorization-mode': config.authorization.mode,
  'client-ca-file': auth.x509.clientCAFile,
  'register-with-taints': if config.registerWithTaints == [] then null else std.join(',', [taint(t) for t in config.registerWithTaints]),
};
local known = ['apiVersion', 'kind', 'authentication', 'authorization', 'registerWithTaints'];

local plain(value) = if std.isArray(value) then std.join(',', value) else value;

local flags(config) =
  local fields = std.objectFields(config);
  local unknown = [f for f in fields if !std.objectHas(flagOf, f) && !std.objectHas(pairsOf, f) && !std.member(known, f)];
  assert unknown == [] : 'the kubelet of Kubernetes 1.9 has no flag for kubelet.config.' + std.join(', kubelet.config.', unknown);
  { [flagOf[f]]: plain(config[f]) for f in fields if std.objectHas(flagOf, f) } +
  { [pairsOf[f][0]]: pairs(config[f], pairsOf[f][1]) for f in fields if std.objectHas(pairsOf, f) } +
  special(config);

function(root) {
  // The runtime is docker, which the kubelet drives itself, with the driver that docker has by default.
  runtimes:: ['docker.service'],
  computed+:: flags(root.kubelet.config) + { 'pod-infra-container-image': root.image('pause') },
  config+:: {
    cgroupDriver: 'cgroupfs',
    // What keeps static pods from eviction, where there are no priorities.
    featureGates: { ExperimentalCriticalPodAnnotation: true },
    // Settings for which it has no flag.
    containerRuntimeEndpoint:: null,
    podPidsLimit:: null,
    seccompDefault:: null,
    tlsCipherSuites:: null,
    tlsMinVersion:: null,
  },
}
