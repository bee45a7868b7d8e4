# All that cloud-init does at the first start of a machine whose image has it, with the payload as user data. A module that
# makes SSH host keys again, unless it is told not to, is part of the image.
set -eu
mkdir -p /etc/cloud /var/lib/cloud/seed/nocloud
cat >/etc/cloud/cloud.cfg <<'CONFIG'
datasource_list: [NoCloud]
network: {config: disabled}
ssh_genkeytypes: [ed25519]
cloud_init_modules: [bootcmd, write-files, set_hostname, update_hostname, ssh]
cloud_config_modules: [runcmd]
cloud_final_modules: [scripts-user]
system_info: {distro: debian}
CONFIG
cp /root/payload /var/lib/cloud/seed/nocloud/user-data
echo 'instance-id: first' >/var/lib/cloud/seed/nocloud/meta-data
cloud-init init --local
cloud-init init
cloud-init modules --mode=config
cloud-init modules --mode=final
jq --exit-status '.v1.errors == []' /run/cloud-init/result.json
