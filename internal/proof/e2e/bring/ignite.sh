# Lays what an Ignition configuration has below the root of a host that has not started, as an initramfs does.
#
# Arguments: root folder, configuration, folder for what Ignition itself keeps.
set -eu
root=$1 config=$2 own=$3

# Ignition always labels files for SELinux, which is not here.
mkdir -p "$root/etc/selinux" "$own"
echo SELINUXTYPE=none >"$root/etc/selinux/config"
ln -s /usr/bin/true "$own/setfiles"
export PATH="$own:$PATH" IGNITION_CONFIG_FILE="$config"
for stage in fetch files; do
	/usr/lib/dracut/modules.d/30ignition/ignition --platform file --root "$root" --stage "$stage" \
		--config-cache "$own/cache" --state-file "$own/state" --log-to-stdout >"$own/$stage.log" 2>&1 || { grep CRITICAL "$own/$stage.log" >&2; exit 1; }
done
