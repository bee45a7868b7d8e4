// What is added to the units of the distribution's packages.
local component = import 'component.libsonnet';

{
  dropIn(name):: 'etc/systemd/system/' + name + '.service.d/20-harender.conf',

  // A unit that starts again however often it ended: what it waits for may come late at boot.
  restarting(name, unit=[]):: component.text(std.join('\n', ['[Unit]', 'StartLimitIntervalSec=0'] + unit + [
    '',
    '[Service]',
    'Restart=always',
    'RestartSec=1',
    '',
  ]), restarts=[name + '.service']),
}
