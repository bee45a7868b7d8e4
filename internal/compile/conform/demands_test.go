package conform_test

import (
	"strings"
	"testing"

	"github.com/harender/harender"
	"github.com/harender/harender/internal/compile/release"
)

// TestPairs: flags that exclude or need each other, names that a component knows, and formats of its own.
func TestPairs(t *testing.T) {
	for _, c := range []struct {
		words []string
		want  string
	}{
		{[]string{"kube-apiserver", "--oidc-issuer-url=https://a", "--oidc-client-id=b"}, ""},
		{[]string{"kube-apiserver", "--oidc-issuer-url=https://a"}, "needs --oidc-client-id"},
		{[]string{"kube-apiserver", "--authorization-mode=Node,RBAC", "--authorization-config=/a.yaml"}, "does not take --authorization-mode beside --authorization-config"},
		{[]string{"kube-apiserver", "--authorization-webhook-version=v1", "--authorization-config=/a.yaml"}, "--authorization-webhook-version beside"},
		{[]string{"kube-apiserver", "--authorization-mode=Node,Rbac"}, `RBAC or Node, not "Rbac"`},
		{[]string{"kube-apiserver", "--authorization-mode=Webhook"}, "needs --authorization-webhook-config-file"},
		{[]string{"kube-apiserver", "--authorization-policy-file=/a"}, "needs --authorization-mode=ABAC beside it"},
		{[]string{"kube-apiserver", "--tls-cert-file=/a"}, "needs --tls-private-key-file"},
		{[]string{"kube-apiserver", "--goaway-chance=0.5"}, "takes 0 to 0.02"},
		{[]string{"kube-apiserver", "--secure-port=0"}, "takes 1 to 65535"},
		{[]string{"kube-apiserver", "--tls-cipher-suites=TLS_AES_128_GCM_SHA256,TLS_FAST"}, `not "TLS_FAST"`},
		{[]string{"kube-apiserver", "--encryption-provider-config-automatic-reload"}, "needs --encryption-provider-config"},
		{[]string{"kube-apiserver", "--encryption-provider-config-automatic-reload=false"}, ""},
		{[]string{"kube-controller-manager", "--node-cidr-mask-size=24", "--allocate-node-cidrs=true", "--cluster-cidr=10.0.0.0/16,fd00::/64"}, "--node-cidr-mask-size beside --cluster-cidr"},
		{[]string{"kube-controller-manager", "--node-cidr-mask-size=24", "--allocate-node-cidrs=true", "--node-cidr-mask-size-ipv4=24"}, "beside --node-cidr-mask-size-ipv4"},
		{[]string{"kube-controller-manager", "--node-cidr-mask-size-ipv6=64", "--allocate-node-cidrs=true", "--cluster-cidr=10.0.0.0/16"}, "--node-cidr-mask-size-ipv6 beside --cluster-cidr"},
		{[]string{"kube-controller-manager", "--node-cidr-mask-size-ipv6=64", "--allocate-node-cidrs=true", "--cluster-cidr=10.0.0.0/16,fd00::/64"}, ""},
		{[]string{"kube-controller-manager", "--concurrent-job-syncs=0"}, "takes 1 or more"},
		{[]string{"kube-scheduler", "--leader-elect-renew-deadline=20s"}, "is 20s, and must be less than --leader-elect-lease-duration, which is 15s"},
		{[]string{"kube-scheduler", "--leader-elect-renew-deadline=20s", "--leader-elect=false"}, ""},
		{[]string{"etcd", "--heartbeat-interval=300"}, "must be at most --election-timeout, which is 1000"},
		{[]string{"etcd", "--heartbeat-interval=300", "--election-timeout=3000"}, ""},
		{[]string{"etcd", "--cert-file=/a"}, "needs --key-file"},
		{[]string{"etcd", "--feature-gates=InitialCorruptCheck=true,LeaseCheckpoint=false"}, ""},
		{[]string{"etcd", "--feature-gates=InitialCorruptChecks=true"}, `knows no "InitialCorruptChecks"`},
		{[]string{"etcd", "--feature-gates=InitialCorruptCheck=yes"}, "takes NAME=true or NAME=false"},
		{[]string{"kube-apiserver", "--runtime-config=api/all=true,batch/v1/jobs=false,v1=true,resource.k8s.io/v1beta1="}, ""},
		{[]string{"kube-apiserver", "--runtime-config=batch/v2alpha1=true"}, `knows no "batch/v2alpha1"`},
		{[]string{"kube-apiserver", "--runtime-config=batch=true"}, `knows no "batch"`},
		{[]string{"kube-apiserver", "--runtime-config=apps/v1=maybe"}, "takes NAME=true or NAME=false"},
		{[]string{"kube-controller-manager", "--controllers=*,bootstrapsigner,-token-cleaner-controller"}, ""},
		{[]string{"kube-controller-manager", "--controllers=*,bootstrap-signer"}, `knows no "bootstrap-signer"`},
		{[]string{"kube-controller-manager", "--cloud-provider=aws"}, `takes external, not "aws"`},
		{[]string{"kube-controller-manager", "--cloud-provider="}, ""},
		{[]string{"kubelet", "--node-labels=a=b,node.kubernetes.io/pool=x,example.org/role=,kubernetes.io/hostname=m1,x.node.kubernetes.io/y=z"}, ""},
		{[]string{"kubelet", "--node-labels=a=b,node-role.kubernetes.io/worker="}, `not "node-role.kubernetes.io/worker="`},
		{[]string{"kubelet", "--node-labels=node-restriction.kubernetes.io/x=y"}, "takes NAME=VALUE"},
		{[]string{"kubelet", "--node-labels=a b=c"}, "takes NAME=VALUE"},
		{[]string{"kube-controller-manager", "--controllers=*,-nodeipam,bootstrap-signer-controller"}, ""},
		{[]string{"kube-controller-manager", "--controllers=*,-nodeipan"}, `knows no "nodeipan"`},
		{[]string{"kube-apiserver", "--cors-allowed-origins=//example\\.org(:|$)"}, ""},
		{[]string{"kube-apiserver", "--cors-allowed-origins=*.example.org"}, "a regular expression"},
		{[]string{"kubelet", "--node-labels=node-role.kubernetes.io/gpu="}, "none of Kubernetes' own"},
		{[]string{"kubelet", "--node-labels=example.org/gpu=a,topology.kubernetes.io/zone=b,node.kubernetes.io/x=y"}, ""},
	} {
		t.Run(strings.Join(c.words, " "), func(t *testing.T) {
			expect(t, check("etc/kubernetes/pods/pod.yaml", manifest(c.words...)), c.want)
		})
	}
	all := check("etc/kubernetes/pods/pod.yaml", manifest("kube-apiserver", "--oidc-issuer-url=https://a", "--oidc-client-id=b", "--authentication-config=/a"))
	if len(all) != 2 || !strings.Contains(all[0].Summary, "does not take --oidc-") || !strings.Contains(all[1].Summary, "does not take --oidc-") {
		t.Errorf("got %+v", all)
	}
}

// documentCase is a document, and what is said of it.
type documentCase struct{ content, want string }

// expectOfDocuments puts each into a file of a node.
func expectOfDocuments(t *testing.T, file string, cases []documentCase) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.want+" "+c.content, func(t *testing.T) { expect(t, check(file, c.content+"\n"), c.want) })
	}
}

// TestValues: what the validation of a component refuses in its files.
func TestValues(t *testing.T) {
	const (
		kubelet   = "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n"
		proxy     = "apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\n"
		policy    = "apiVersion: audit.k8s.io/v1\nkind: Policy\n"
		authn     = "apiVersion: apiserver.config.k8s.io/v1\nkind: AuthenticationConfiguration\n"
		issuer    = authn + "jwt: [{claimMappings: {username: {claim: sub, prefix: ''}}, issuer: "
		authz     = "apiVersion: apiserver.config.k8s.io/v1\nkind: AuthorizationConfiguration\n"
		security  = "apiVersion: pod-security.admission.config.k8s.io/v1\nkind: PodSecurityConfiguration\n"
		egress    = "apiVersion: apiserver.k8s.io/v1beta1\nkind: EgressSelectorConfiguration\n"
		tracing   = "apiVersion: apiserver.config.k8s.io/v1\nkind: TracingConfiguration\n"
		scheduler = "apiVersion: kubescheduler.config.k8s.io/v1\nkind: KubeSchedulerConfiguration\n"
		limits    = "apiVersion: eventratelimit.admission.k8s.io/v1alpha1\nkind: Configuration\n"
	)
	expectOfDocuments(t, "srv/kubernetes/file.yaml", []documentCase{
		{kubelet + "maxPods: -1", "maxPods of KubeletConfiguration takes 0 or more"},
		{kubelet + "readOnlyPort: 0", ""},
		{kubelet + "{containerRuntimeEndpoint: 'unix:///run/crio/crio.sock', imageServiceEndpoint: /run/crio/crio.sock}", ""},
		{kubelet + "containerRuntimeEndpoint: 'tcp://127.0.0.1:1'", "takes a socket such as unix:///run/containerd/containerd.sock"},
		{kubelet + "failSwapOn: yes", ""},
		{kubelet + "failSwapOn: 'yes'", `takes true or false, not "yes"`},
		{kubelet + "clusterDomain: off", "takes a string, not false"},
		{kubelet + "readOnlyPort: 70000", "takes 0, or 1 to 65535"},
		{kubelet + "imageGCLowThresholdPercent: 90", "must be less than imageGCHighThresholdPercent, which is 85"},
		{kubelet + "{imageGCLowThresholdPercent: 90, imageGCHighThresholdPercent: 95}", ""},
		{kubelet + "shutdownGracePeriodCriticalPods: 15s", "must be at most shutdownGracePeriod, which is 0s"},
		{kubelet + "{shutdownGracePeriod: 10s, shutdownGracePeriodCriticalPods: 10s}", ""},
		{kubelet + "memorySwap: {swapBehavior: UnlimitedSwap}", "NoSwap or LimitedSwap"},
		{kubelet + "evictionHard: {memory.free: 5%}", "evictionHard of KubeletConfiguration takes memory.available"},
		{kubelet + "evictionHard: {memory.available: lots}", "takes a quantity or a percentage"},
		{kubelet + "evictionHard: {memory.available: 500Mi, nodefs.available: 10%}", ""},
		{kubelet + "systemReserved: {cpus: 100m}", "takes cpu, memory, ephemeral-storage or pid"},
		{kubelet + "enforceNodeAllocatable: [pods, system-reserved]", "needs systemReservedCgroup beside it"},
		{kubelet + "enforceNodeAllocatable: [none, pods]", "does not take enforceNodeAllocatable beside enforceNodeAllocatable"},
		{kubelet + "cpuCFSQuotaPeriod: 2s\nfeatureGates: {CustomCPUCFSQuotaPeriod: true}", "takes 1ms to 1s"},
		{kubelet + "cpuCFSQuotaPeriod: 50ms\nfeatureGates: {CustomCPUCFSQuotaPeriod: false}", "takes 100ms to 100ms"},
		{kubelet + "cgroupDriver: system", `cgroupfs or systemd, not "system"`},
		{kubelet + "evictionHard: {memory.available: 110%}", "takes a quantity or a percentage"},
		{kubelet + "evictionHard: {memory.available: 100%, nodefs.available: 0.5%}", ""},
		{kubelet + "evictionSoft: {memory.available: 200Mi}", "needs evictionSoftGracePeriod.memory.available beside it"},
		{kubelet + "evictionSoft: {memory.available: 200Mi}\nevictionSoftGracePeriod: {memory.available: 1m}", ""},
		{kubelet + "systemReserved: {memory: 1GB}", `takes a quantity such as 64Mi, not "1GB"`},
		{kubelet + "kubeReserved: {cpu: '-1'}", "takes a quantity such as 64Mi"},
		{kubelet + "containerLogMaxSize: 10MB", "takes a quantity such as 64Mi"},
		{kubelet + "cpuManagerPolicy: static", "needs reservedSystemCPUs beside it"},
		{kubelet + "cpuManagerPolicy: static\nsystemReserved: {cpu: 500m}", ""},
		{kubelet + "memoryManagerPolicy: Static", "needs reservedMemory beside it"},
		{kubelet + "allowedUnsafeSysctls: [vm.swappiness]", "a sysctl that a namespace has of its own"},
		{kubelet + "allowedUnsafeSysctls: [net.core.somaxconn, 'kernel.msg*', kernel.sem, net/ipv4/tcp_rmem]", ""},
		{kubelet + "cgroupsPerQOS: false\nenforceNodeAllocatable: []", ""},
		{kubelet + "cgroupsPerQOS: false\nenforceNodeAllocatable: [none]", ""},
		{kubelet + "reservedMemory: [{numaNode: 0, limits: {hugepages-2Mi: 2Mi, cpu: '1'}}]", `takes memory or hugepages-*, not "cpu"`},
		{kubelet + "registerWithTaints: [{key: a, value: 'c d', effect: NoSchedule}]", "registerWithTaints[0].value of KubeletConfiguration takes"},
		{kubelet + "userNamespaces: {idsPerPod: 70000}", "a multiple of 65536"},
		{kubelet + "showHiddenMetricsForVersion: latest", "a minor such as 1.35"},
		{proxy + "mode: userspace", "iptables, ipvs or nftables"},
		{proxy + "bindAddress: all", "an IP address"},
		{proxy + "healthzBindAddress: 0.0.0.0", ""},
		{proxy + "metricsBindAddress: 127.0.0.1:99999", "an address with a port"},
		{proxy + "nodePortAddresses: [10.0.0.1]", "primary, or a range"},
		{proxy + "detectLocalMode: BridgeInterface", "needs detectLocal.bridgeInterface"},
		{policy + "rules: [{level: Meta}]", "rules[0].level of Policy takes None, Metadata"},
		{policy + "rules: [{users: [a]}]", "rules[0] of Policy needs rules[0].level"},
		{policy + "omitStages: [Received]\nrules: [{level: None}]", "omitStages[0] of Policy takes RequestReceived"},
		{policy + "rules: [{level: None, nonResourceURLs: [/a*b]}]", "with * at its end alone"},
		{policy + "rules: [{level: None, nonResourceURLs: [/a*], namespaces: [b]}]", "does not take rules[0].nonResourceURLs beside rules[0].namespaces"},
		{issuer + "{url: 'http://a', audiences: [b]}}]", "an https URL"},
		{issuer + "{url: 'https://a'}}]", "needs jwt[0].issuer.audiences"},
		{issuer + "{url: 'https://a', audiences: [b, b], audienceMatchPolicy: MatchAny}}]", `has "b" twice`},
		{issuer + "{url: 'https://a', audiences: [b]}}]", ""},
		{authz + "authorizers: [{type: Node, name: node}, {type: RBAC, name: rbac}]", ""},
		{authz + "authorizers: [{type: Nodes, name: node}]", `RBAC or Node, not "Nodes"`},
		{authz + "authorizers: [{type: RBAC}]", "needs authorizers[0].name"},
		{authz + "authorizers: [{type: Webhook, name: w}]", "needs authorizers[0].webhook beside it"},
		{security + "defaults: {enforce: strict}", "privileged, baseline or restricted"},
		{security + "defaults: {enforce-version: '1.36'}", "latest or a minor such as v1.36"},
		{egress + "egressSelections: [{name: nodes, connection: {proxyProtocol: Direct}}]", "controlplane, cluster or etcd"},
		{tracing + "samplingRatePerMillion: 2000000", "takes 0 to 1000000"},
		{scheduler + "parallelism: 0", "takes 1 or more"},
		{limits + "limits: [{type: Node, qps: 1, burst: 1}]", "Server, Namespace, User or SourceAndObject"},
		{"apiVersion: example.org/v1\nkind: Policy\nrules: [{level: Meta}]", ""},
	})
}

// TestObjectValues: what the API server refuses in an object, and a kubelet in a static pod, beyond its shape.
func TestObjectValues(t *testing.T) {
	const (
		pod       = "apiVersion: v1\nkind: Pod\nmetadata: {name: web, labels: {app: web}}\nspec:\n  "
		container = "containers: [{name: web, image: example.org/web:1, "
	)
	expectOfDocuments(t, "etc/kubernetes/pods/file.yaml", []documentCase{
		{pod + container + "resources: {requests: {cpu: 100m, memory: 64Mi, example.org/gpu: 1}, limits: {cpu: 1, memory: 64Mi}}}]", ""},
		{pod + container + "resources: {requests: {cpu: 2}, limits: {cpu: 1500m}}}]", "is 2, and must be at most spec.containers[0].resources.limits.cpu, which is 1500m"},
		{pod + container + "resources: {limits: {cpus: 2}}}]", `*/*, not "cpus"`},
		{pod + container + "resources: {limits: {cpu: -2}}}]", "takes a quantity such as 64Mi"},
		{pod + container + "securityContext: {runAsUser: -1}}]", "takes 0 to 2147483647"},
		{pod + container + "securityContext: {seccompProfile: {type: Localhost}}}]", "needs spec.containers[0].securityContext.seccompProfile.localhostProfile"},
		{pod + container + "securityContext: {seccompProfile: {type: RuntimeDefault}}}]", ""},
		{pod + container + "securityContext: {privileged: true, allowPrivilegeEscalation: false}}]", "beside spec.containers[0].securityContext.privileged"},
		{pod + container + "env: [{name: A, valueFrom: {fieldRef: {fieldPath: status.hostIp}}}]}]", "a field such as metadata.name or status.podIP"},
		{pod + container + "env: [{name: A, valueFrom: {fieldRef: {fieldPath: 'metadata.labels[''app'']'}}}]}]", ""},
		{pod + container + "livenessProbe: {exec: {command: [a]}, periodSeconds: -1}}]", "livenessProbe.periodSeconds of Pod takes 0 or more"},
		{pod + container + "startupProbe: {exec: {command: [a]}, terminationGracePeriodSeconds: 0}}]", "takes 1 or more"},
		{pod + "hostname: A_b\n  " + container + "}]", "spec.hostname of Pod takes"},
		{pod + "dnsPolicy: None\n  " + container + "}]", "needs spec.dnsConfig.nameservers"},
		{pod + "tolerations: [{operator: Exists}, {operator: Exists, effect: NoExecute, tolerationSeconds: 3}]\n  " + container + "}]", ""},
		{pod + "tolerations: [{operator: Exists, value: a}]\n  " + container + "}]", "does not take spec.tolerations[0].value beside spec.tolerations[0].operator"},
		{pod + "tolerations: [{value: a}]\n  " + container + "}]", "spec.tolerations[0] of Pod needs spec.tolerations[0].key"},
		{pod + "hostAliases: [{ip: 10.0.0.300, hostnames: [a]}]\n  " + container + "}]", "takes an IP address"},
		{"apiVersion: v1\nkind: Service\nmetadata: {name: web, labels: {'a b': c}}", "a name such as example.org/name"},
		{"apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {ports: [{name: web_X, port: 80}]}", "spec.ports[0].name of Service takes"},
		{"apiVersion: v1\nkind: Service\nmetadata: {name: web, labels: {a: 'b c'}}", "metadata.labels.a of Service takes"},
		{"apiVersion: apps/v1\nkind: DaemonSet\nmetadata: {name: web}\nspec: {selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {containers: [{name: web, image: a, livenessProbe: {exec: {command: [a]}, timeoutSeconds: -1}}]}}}",
			"spec.template.spec.containers[0].livenessProbe.timeoutSeconds of DaemonSet takes 0 or more"},
	})
}

// TestEveryObject: what an API server refuses in objects of other kinds, and in the pods that they make.
func TestEveryObject(t *testing.T) {
	const (
		deployment = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  selector: {matchLabels: {app: web}}\n  "
		template   = "template: {metadata: {labels: {app: web}}, spec: {containers: [{name: web, image: a"
		service    = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: "
		binding    = "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {name: web}\nroleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}\nsubjects: "
		config     = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web, "
		affinity   = ", affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{matchExpressions: ["
		cron       = "apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: web}\nspec: {jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: a, image: b}]}}}}, schedule: "
	)
	expectOfDocuments(t, "etc/kubernetes/pods/file.yaml", []documentCase{
		{deployment + template + "}]}}", ""},
		{deployment + "template: {metadata: {labels: {app: other}}, spec: {containers: [{name: web, image: a}]}}", `has app: "web", and spec.template.metadata.labels has not`},
		{deployment + template + "}], restartPolicy: Never}}", `takes Always, not "Never"`},
		{deployment + template + "}, {name: web, image: b}]}}", "two containers are called web in the template of Deployment web"},
		{deployment + template + ", volumeMounts: [{name: data, mountPath: /a}]}]}}", "which there is not in the template of Deployment web"},
		{deployment + template + ", livenessProbe: {httpGet: {port: http}}}]}}", "no port is called so"},
		{deployment + template + ", env: [{name: A, valueFrom: {secretKeyRef: {name: a}}}]}]}}", "needs spec.template.spec.containers[0].env[0].valueFrom.secretKeyRef.key"},
		{deployment + template + "}], serviceAccountName: web}}", ""},
		{deployment + template + "}], topologySpreadConstraints: [{maxSkew: 1, topologyKey: zone}]}}", "needs spec.template.spec.topologySpreadConstraints[0].whenUnsatisfiable"},
		{deployment + template + "}]" + affinity + "{key: a, operator: Exists, values: [b]}]}]}}}}}", "does not take"},
		{deployment + template + "}]" + affinity + "{key: a, operator: In}]}]}}}}}", ".values"},
		{deployment + template + "}]" + affinity + "{key: a, operator: In, values: [b]}]}]}}}}}", ""},
		{deployment + template + "}], tolerations: [{key: a, operator: Equals}]}}", `not "Equals"`},
		{strings.Replace(deployment+template, "image: a", "image: Registry/Web", 1) + "}]}}", "is none that can be pulled in the template of Deployment web"},
		{deployment + "strategy: {type: Recreate, rollingUpdate: {maxSurge: 1}}\n  " + template + "}]}}", "does not take spec.strategy.rollingUpdate.maxSurge beside spec.strategy.type"},
		{service + "{ports: [{port: 80, appProtocol: 'Bad X'}]}", "spec.ports[0].appProtocol of Service takes"},
		{service + "{ports: [{name: a, port: 80}, {name: a, port: 81}]}", `has "a" twice`},
		{service + "{ports: [{name: a, port: 80}, {name: b, port: 80}]}", `has "80 TCP" twice`},
		{service + "{ports: [{name: a, port: 80}, {name: b, port: 80, protocol: UDP}]}", ""},
		{service + "{clusterIP: None}", ""},
		{service + "{selector: {a: b}}", "needs spec.ports"},
		{binding + "[{kind: ServiceAccount, name: web}]", "needs subjects[0].namespace"},
		{binding + "[{kind: group, name: web}]", `not "group"`},
		{config + "ownerReferences: [{apiVersion: v1, kind: Node, name: b}]}", "needs metadata.ownerReferences[0].uid"},
		{config + "managedFields: [{operation: apply}]}", "Apply or Update"},
		{"apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: web}\nspec: {maxReplicas: 2, scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}}", ""},
		{config + "finalizers: [x]}", "metadata.finalizers"},
		{config + "namespace: a_b}", "metadata.namespace of ConfigMap takes"},
		{config + "generateName: web-}", ""},
		{"apiVersion: v1\nkind: ConfigMap\nmetadata: {generateName: web-}", ""},
		{"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: Web}", "metadata.name of ConfigMap takes"},
		{"apiVersion: v1\nkind: Configmap\nmetadata: {name: web}", `has no kind "Configmap" in v1`},
		{"apiVersion: example.org/v1\nkind: Configmap\nmetadata: {name: Web_X}", ""},
		{"apiVersion: v1\nkind: Namespace\nmetadata: {name: a, labels: {pod-security.kubernetes.io/enforce: Restricted}}", "privileged, baseline or restricted"},
		{"apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: a}\nspec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 10Gi}}}", ""},
		{"apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: a}\nspec: {resources: {requests: {storage: 10Gi}}}", "needs spec.accessModes"},
		{"apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: a}\nspec: {minAvailable: 1, maxUnavailable: 1}", "beside spec.maxUnavailable"},
		{"apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: 'a:b'}\nrules: [{nonResourceURLs: [/a], verbs: [get]}]", ""},
		{"apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: a}\nrules: [{apiGroups: [''], resources: [pods]}]", "needs rules[0].verbs"},
		{"apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: a}\nspec: {rules: [{http: {paths: [{path: /, backend: {service: {name: a, port: {number: 80}}}}]}}]}", "pathType"},
		{"apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: a}\nspec: {podSelector: {}, egress: [{to: [{ipBlock: {cidr: 10.0.0.1}}]}]}", "a range such as"},
		{"apiVersion: apiregistration.k8s.io/v1\nkind: APIService\nmetadata: {name: v1.a.b}\nspec: {version: v1, group: a.b, versionPriority: 1}", "needs spec.groupPriorityMinimum"},
		{cron + "'*/5 0-6 * jan mon-fri'}", ""},
		{cron + "'@daily'}", ""},
		{cron + "'* * * *'}", "five fields such as"},
		{cron + "'60 * * * *'}", "five fields such as"},
	})
}

// TestDropIn: what stands beside a value may stand in the file that a drop-in is laid upon.
func TestDropIn(t *testing.T) {
	const content = "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nshutdownGracePeriodCriticalPods: 15s\n"
	expect(t, check("etc/kubernetes/kubelet.conf.d/10-site.conf", content), "")
}

// TestFieldOfLater: a field that a later minor has is told with that minor.
func TestFieldOfLater(t *testing.T) {
	list := check("srv/kubernetes/file.yaml", "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nnotAField: 1\n")
	if len(list) != 1 || list[0].Hint != "remove it: nothing reads it" {
		t.Errorf("got %+v", list)
	}
}

// TestRulesAreComplete: each rule asks for something, of something that its first minor has, and names its source.
func TestRulesAreComplete(t *testing.T) {
	facts, _ := release.ReadFacts(harender.Assets, "1.36")
	all, list := release.ReadRules(harender.Assets, "1.36")
	if len(list) > 0 || len(all) < 200 {
		t.Fatalf("%d rules, %v", len(all), list)
	}
	for _, r := range all {
		component, isProgram := facts.Flags[r.Of]
		if _, isFlag := component.Flags[r.Name]; isProgram && !isFlag && !strings.HasSuffix(r.Name, "*") {
			t.Errorf("%s has no flag %s", r.Of, r.Name)
		}
		asks := r.Min != "" || r.Max != "" || len(r.OneOf)+len(r.Names) > 0 || len(r.Keys) > 0 || r.KeysAre != "" || r.Is != "" || r.Unique || r.Required ||
			len(r.Excludes) > 0 || len(r.Needs) > 0 || r.Below != "" || r.AtMost != "" || len(r.OneAmong) > 0 || len(r.UniqueBy) > 0 || r.Among != ""
		if !asks || r.Source == "" {
			t.Errorf("%s of %s: asks %t, source %q", r.Name, r.Of, asks, r.Source)
		}
	}
}
