// Pods of this pool get whole cores.
{ kubelet+: { config+:: { cpuManagerPolicy: 'static', reservedSystemCPUs: '0,1' } } }
