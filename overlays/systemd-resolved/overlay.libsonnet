// For hosts on which systemd-resolved keeps /etc/resolv.conf (Ubuntu, Fedora and others): that file names the host itself,
// and a CoreDNS that forwards to it would ask itself.
{ kubelet+: { config+:: { resolvConf: '/run/systemd/resolve/resolv.conf' } } }
