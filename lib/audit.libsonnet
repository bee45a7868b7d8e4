// The audit policy: who did what, never the content of a Secret or a token; the noise of the system's own loops left out.
local core(resources) = { group: '', resources: resources };

{
  rules: [
    // Watches and leases of the control plane and the nodes themselves.
    { level: 'None', users: ['system:kube-proxy'], verbs: ['watch'], resources: [core(['endpoints', 'services', 'services/status']), { group: 'discovery.k8s.io', resources: ['endpointslices'] }] },
    { level: 'None', userGroups: ['system:nodes'], verbs: ['get', 'patch'], resources: [core(['nodes', 'nodes/status'])] },
    { level: 'None', userGroups: ['system:nodes'], resources: [{ group: 'coordination.k8s.io', resources: ['leases'] }] },
    {
      level: 'None',
      users: ['system:kube-controller-manager', 'system:kube-scheduler', 'system:apiserver'],
      verbs: ['get', 'update'],
      resources: [{ group: 'coordination.k8s.io', resources: ['leases'] }],
    },
    { level: 'None', nonResourceURLs: ['/healthz*', '/livez*', '/readyz*', '/version', '/swagger*', '/openapi*'] },
    { level: 'None', resources: [core(['events']), { group: 'events.k8s.io', resources: ['events'] }] },
    // Confidential: that it happened, never the body.
    {
      level: 'Metadata',
      resources: [core(['secrets', 'configmaps', 'serviceaccounts/token']), { group: 'authentication.k8s.io', resources: ['tokenreviews'] }],
    },
    // Questions to the authorizer, which change nothing.
    { level: 'Metadata', resources: [{ group: 'authorization.k8s.io' }] },
    // Ways into a running container, and through the apiserver.
    {
      level: 'Metadata',
      resources: [core(['pods/exec', 'pods/attach', 'pods/portforward', 'pods/proxy', 'services/proxy', 'nodes/proxy'])],
    },
    { level: 'Request', verbs: ['create', 'update', 'patch', 'delete', 'deletecollection'] },
    { level: 'Metadata' },
  ],
}
