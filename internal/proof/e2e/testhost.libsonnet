// What these hosts are, and no cluster of a user should be: parts of one machine, with no cgroup tree of their own, and no
// say in how many connections the machine tracks and how full its disk is.
{
  kubelet+: {
    config+:: {
      failCgroupV1: false,
      cgroupDriver: 'cgroupfs',
      cgroupsPerQOS: false,
      enforceNodeAllocatable: [],
      failSwapOn: false,
      imageGCHighThresholdPercent: 100,
      evictionHard: { 'memory.available': '50Mi', 'nodefs.available': '1%', 'imagefs.available': '1%' },
    },
  },
  kubeProxy+: {
    config+:: { conntrack: { maxPerCore: 0, min: 0 } },
  },
}
