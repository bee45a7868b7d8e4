// What a node makes of its disks: arrays, file systems and mounts. A disk that has anything on it is taken as it is: nothing
// here replaces what is there.
local component = import '../component.libsonnet';
local scripts = '/etc/harender/';

// The name of the unit of a path, as systemd-escape --path spells it for the characters that the spec allows.
local escaped(path) = std.foldl(
  function(name, pair) std.strReplace(name, pair[0], pair[1]),
  [['-', '\\x2d'], ['+', '\\x2b'], ['@', '\\x40'], ['/', '-']],
  path[1:]
);
local deviceUnit(path) = escaped(path) + '.device';

{
  local input = $.input.storage,
  local arrays = { ['/dev/md/' + a.name]: 'harender-raid-' + a.name for a in input.raid },
  local makefs(m) = 'harender-makefs-' + escaped(m.path),
  local fsck(m) = 'systemd-fsck@' + escaped(m.device) + '.service',
  local mountUnit(m) = escaped(m.path) + '.mount',

  // A unit that makes a device ready before file systems are mounted: once, at every start of the machine.
  local early(description, relations, script) = std.join('\n', [
    '[Unit]',
    'Description=' + description,
    'DefaultDependencies=no',
  ] + relations + [
    'Before=local-fs.target shutdown.target',
    'Conflicts=shutdown.target',
    '',
    '[Service]',
    'Type=oneshot',
    'RemainAfterExit=yes',
    'ExecStart=/bin/sh ' + scripts + script + '.sh',
    'TimeoutSec=infinity',
    '',
  ]),
  disks: {
    mdadm:: '/usr/sbin/mdadm',
    makefs:: '/usr/lib/systemd/systemd-makefs',

    // wipefs only lists what it finds: file systems, members of arrays, tables of partitions. Arrays are assembled by udev as
    // soon as their disks appear; this is for new ones, and for what udev left, with the disks that are there.
    arrayScript(a)::
      local device = '/dev/md/' + a.name;
      std.join('\n', [
        '#!/bin/sh',
        '# Makes the array ' + a.name + ' where all its disks are there and empty, and otherwise assembles what is on them.',
        'set -eu',
        'test ! -e ' + device + ' || exit 0',
        'disks= missing= found=',
        'for disk in ' + std.join(' ', a.devices) + '; do',
        '  if test -e "$disk"; then',
        '    disks="$disks $disk"',
        '    found="$found$(wipefs --no-act --noheadings "$disk")"',
        '  else',
        '    missing="$missing $disk"',
        '  fi',
        'done',
        'test -z "$found" || exec ' + $.disks.mdadm + ' --assemble --run ' + device + ' $disks',
        'test -z "$missing" || { echo "not there:$missing" >&2; exit 1; }',
        'exec ' + $.disks.mdadm + ' --create ' + device + ' --run --homehost=any --level=' + a.level
        + ' --raid-devices=' + (std.length(a.devices) - a.spares) + ' --spare-devices=' + a.spares + ' $disks',
        '',
      ]),
    makefsScript(m):: std.join('\n', [
      '#!/bin/sh',
      '# Makes the file system of ' + m.path + ' where its device is empty.',
      'set -eu',
      'found=$(wipefs --no-act --noheadings ' + m.device + ')',
      'test -z "$found" || exit 0',
      'exec ' + $.disks.makefs + ' ' + m.type + ' ' + m.device,
      '',
    ]),
    mount(m):: std.join('\n', [
      '[Unit]',
      'Description=' + m.path,
      'Requires=' + makefs(m) + '.service ' + fsck(m),
      'After=' + makefs(m) + '.service ' + fsck(m),
      '',
      '[Mount]',
      'What=' + m.device,
      'Where=' + m.path,
      'Type=' + m.type,
      'Options=' + std.join(',', m.options),
      '',
      '[Install]',
      'WantedBy=local-fs.target',
      '',
    ]),

    local units = 'etc/systemd/system/',
    // An array lives on with a disk less: it waits for its disks, and for no longer than systemd does.
    local ofDisks(a) =
      local disks = std.join(' ', [deviceUnit(d) for d in a.devices]);
      ['Wants=' + disks, 'After=' + disks],
    local ofDevice(m) =
      local array = if std.objectHas(arrays, m.device) then arrays[m.device] + '.service' else '';
      (if array == '' then [] else ['Wants=' + array, 'After=' + array]) + [
        'Requires=' + deviceUnit(m.device),
        'After=' + deviceUnit(m.device),
        'Before=' + fsck(m),
      ],
    files: {
      [units + arrays['/dev/md/' + a.name] + '.service']: component.text(early(
        'Array ' + a.name, ofDisks(a), 'raid-' + a.name
      ))
      for a in input.raid
    } + {
      [scripts[1:] + 'raid-' + a.name + '.sh']: component.text($.disks.arrayScript(a), '0700')
      for a in input.raid
    } + {
      [units + makefs(m) + '.service']: component.text(early(
        'File system of ' + m.path, ofDevice(m), 'makefs-' + escaped(m.path)
      ))
      for m in input.mounts
    } + {
      [scripts[1:] + 'makefs-' + escaped(m.path) + '.sh']: component.text($.disks.makefsScript(m), '0700')
      for m in input.mounts
    } + {
      [units + mountUnit(m)]: component.text($.disks.mount(m))
      for m in input.mounts
    } + {
      // mdadm reads the one, or the other, by what the distribution made it for.
      [path]: component.text(std.join('', [
        'ARRAY /dev/md/' + a.name + ' level=raid' + a.level + (if a.spares > 0 then ' spares=' + a.spares else '')
        + ' devices=' + std.join(',', a.devices) + '\n'
        for a in input.raid
      ]))
      for path in (if input.raid == [] then [] else ['etc/mdadm.conf.d/harender.conf', 'etc/mdadm/mdadm.conf.d/harender.conf'])
    } + if input.mounts == [] then {} else {
      'etc/systemd/system-preset/50-harender-storage.preset': component.preset([mountUnit(m) for m in input.mounts]),
    },
    nodeFiles(node):: {},
  },
}
