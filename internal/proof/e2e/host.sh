# The first process of a test host, in namespaces of its own. It makes the host's root from a folder and the machine's
# /usr, and runs containerd.
#
# Arguments: root folder, folder that lies over /usr and takes what is written there, folder for the logs.
set -eu
root=$1 over_usr=$2 logs=$3

hostname "$(cat "$root/etc/hostname")"
mount --make-rprivate /
mount --bind "$root" "$root"
cd "$root"
mkdir -p "$over_usr.work"
mount -t overlay -o "lowerdir=/usr,upperdir=$over_usr,workdir=$over_usr.work" overlay usr
mount --bind "$logs" var/log
mount --rbind /dev dev
mount -t proc proc proc
mount -t sysfs sysfs sys
mount --rbind /sys/fs/cgroup sys/fs/cgroup
mount -t tmpfs tmpfs run
mount -t tmpfs tmpfs tmp
# What the machine's packages want of kernel and devices is no host's to do again.
mount -t tmpfs tmpfs usr/lib/sysctl.d
mount -t tmpfs tmpfs usr/lib/tmpfiles.d
# A kubelet sets these for the whole machine. Here it sets copies.
for setting in kernel/panic kernel/panic_on_oops kernel/keys/root_maxbytes kernel/keys/root_maxkeys \
	vm/overcommit_memory vm/panic_on_oom; do
	copy=run/sysctl-$(basename $setting)
	cat proc/sys/$setting >"$copy"
	mount --bind "$copy" proc/sys/$setting
done
pivot_root . mnt
umount -l /mnt
# As systemd has it: mounts that a container makes for others must reach the kubelet.
mount --make-rshared /

containerd </dev/null >/var/log/containerd.log 2>&1 &
# A shell that waits also reaps the orphans that fall to the first process.
wait
