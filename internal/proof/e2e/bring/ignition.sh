# What systemd does when a machine starts for the first time: Ignition has enabled units in a preset.
set -eu
preset=/etc/systemd/system-preset/20-ignition.preset
sed -n 's/^enable //p' $preset | xargs systemctl preset
sysctl --system
systemd-tmpfiles --create
find /etc/systemd/system/multi-user.target.wants -type l -printf '%f\n' | xargs systemctl start
