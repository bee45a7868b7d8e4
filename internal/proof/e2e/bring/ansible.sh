# The playbook, on the host itself.
set -eu
cd /root/payload
ansible-playbook --connection local --inventory inventory.yaml --extra-vars harender_become=false site.yaml
