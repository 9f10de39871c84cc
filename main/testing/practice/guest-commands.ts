import { loadNow } from './guest-load.ts';
import type { SimulatedVm } from './simulated-vm.ts';
import { guestMemory } from './vm-statistics.ts';

type CommandCall = {
  readonly vm: SimulatedVm;
  readonly nowMs: number;
  readonly words: readonly string[];
  readonly user: string;
};

const two = (value: number): string => String(value).padStart(2, '0');
const clock = (ms: number): string => new Date(ms).toISOString().slice(11, 19);

/** The load averages of a guest: vCPUs at work now, and smoothed. */
function loads({ vm, nowMs }: CommandCall): string {
  const vcpus = vm.live?.vcpus ?? 1;
  const at = (secondsAgo: number): string =>
    (
      loadNow(vm.load, { seed: vm.seed, purpose: 11, atSeconds: nowMs / 1_000 - secondsAgo }) *
      vm.load.cpuShare *
      vcpus
    ).toFixed(2);
  return `${at(0)}, ${at(150)}, ${at(450)}`;
}

function upSince({ vm, nowMs }: CommandCall): string {
  const minutes = Math.floor((nowMs - (vm.live?.bootStartedAtMs ?? nowMs)) / 60_000);
  const days = Math.floor(minutes / 1_440);
  const hours = Math.floor((minutes % 1_440) / 60);
  const rest = hours > 0 ? `${String(hours).padStart(2)}:${two(minutes % 60)}` : `${minutes % 60} min`;
  return days > 0 ? `${days} day${days === 1 ? '' : 's'}, ${rest}` : rest;
}

function uptime(call: CommandCall): string {
  return ` ${clock(call.nowMs)} up ${upSince(call)},  1 user,  load average: ${loads(call)}`;
}

function columns(values: readonly (string | number)[], width = 12): string {
  return values.map((value) => String(value).padStart(width)).join('');
}

function free({ vm, nowMs }: CommandCall): string {
  const memory = guestMemory(vm, nowMs);
  const used = memory.availableKiB - memory.usableKiB;
  return [
    `        ${columns(['total', 'used', 'free', 'shared', 'buff/cache', 'available'])}`,
    `Mem:    ${columns([memory.availableKiB, used, memory.unusedKiB, 1_104, memory.cachesKiB, memory.usableKiB])}`,
    `Swap:   ${columns([0, 0, 0])}`,
  ].join('\n');
}

function top(call: CommandCall): string {
  const { vm, nowMs } = call;
  const memory = guestMemory(vm, nowMs);
  const busy = Math.min(
    99,
    loadNow(vm.load, { seed: vm.seed, purpose: 11, atSeconds: nowMs / 1_000 }) * vm.load.cpuShare * 100,
  );
  const mib = (kib: number): string => (kib / 1_024).toFixed(1);
  const processes: [number, string, number, number, string][] = [
    [812, 'postgres', busy * 0.62, 14.2, 'postgres'],
    [1_034, 'www-data', busy * 0.3, 6.1, 'php-fpm8.2'],
    [655, 'root', busy * 0.05, 0.9, 'qemu-ga'],
    [1, 'root', 0, 0.3, 'systemd'],
  ];
  return [
    `top - ${uptime(call).trim()}`,
    'Tasks:  94 total,   1 running,  93 sleeping,   0 stopped,   0 zombie',
    `%Cpu(s): ${(busy * 0.8).toFixed(1)} us, ${(busy * 0.2).toFixed(1)} sy,  0.0 ni, ${(100 - busy).toFixed(1)} id,  0.1 wa,  0.0 hi,  0.0 si,  0.0 st`,
    `MiB Mem : ${mib(memory.availableKiB)} total, ${mib(memory.unusedKiB)} free, ${mib(memory.availableKiB - memory.usableKiB)} used, ${mib(memory.cachesKiB)} buff/cache`,
    '',
    '    PID USER      %CPU  %MEM COMMAND',
    ...processes.map(
      ([pid, user, cpu, share, name]) =>
        `${String(pid).padStart(7)} ${user.padEnd(9)} ${cpu.toFixed(1).padStart(4)} ${share.toFixed(1).padStart(5)} ${name}`,
    ),
  ].join('\n');
}

function addresses({ vm }: CommandCall): string {
  const [nic] = vm.definition.shape.nics;
  const lines = ['1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536', '    inet 127.0.0.1/8 scope host lo'];
  if (nic !== undefined)
    lines.push(
      '2: eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500',
      `    link/ether ${nic.mac} brd ff:ff:ff:ff:ff:ff`,
      ...(vm.guest.address === null ? [] : [`    inet ${vm.guest.address} scope global eth0`]),
    );
  return lines.join('\n');
}

function release({ vm }: CommandCall): string {
  const { prettyName, id, version } = vm.guest.system;
  return `PRETTY_NAME="${prettyName}"\nID=${id}\nVERSION_ID="${version}"`;
}

/** What the simulated shell knows; each gives what the command prints. */
export const shellCommands: Readonly<Record<string, (call: CommandCall) => string>> = {
  help: () => `Commands: ${Object.keys(shellCommands).toSorted().join(' ')} clear exit reboot poweroff`,
  uptime,
  free,
  top,
  w: (call) =>
    `${uptime(call)}\nUSER     TTY      FROM             LOGIN@   IDLE\n${call.user.padEnd(8)} ttyS0    -                ${clock(call.nowMs).slice(0, 5)}    0.00s`,
  ip: addresses,
  hostname: ({ vm }) => vm.guest.hostname,
  whoami: ({ user }) => user,
  id: ({ user }) =>
    user === 'root'
      ? 'uid=0(root) gid=0(root) groups=0(root)'
      : `uid=1000(${user}) gid=1000(${user}) groups=1000(${user}),27(sudo)`,
  pwd: ({ user }) => (user === 'root' ? '/root' : `/home/${user}`),
  ls: () => '',
  date: ({ nowMs }) => new Date(nowMs).toUTCString(),
  echo: ({ words }) => words.join(' '),
  uname: ({ vm, words }) =>
    words.includes('-a')
      ? `Linux ${vm.guest.hostname} ${vm.guest.system.kernel} #1 SMP PREEMPT_DYNAMIC x86_64 GNU/Linux`
      : words.includes('-r')
        ? vm.guest.system.kernel
        : 'Linux',
  nproc: ({ vm }) => String(vm.live?.vcpus ?? 1),
  cat: (call) =>
    call.words[0] === '/etc/os-release'
      ? release(call)
      : `cat: ${call.words[0] ?? ''}: No such file or directory`,
  df: ({ vm }) =>
    [
      'Filesystem     1K-blocks     Used Available Use% Mounted on',
      ...vm.definition.shape.disks
        .filter((disk) => disk.device === 'disk')
        .map(
          (disk, index) =>
            `/dev/${disk.target}1      41152736 11932108  27104880  31% ${index === 0 ? '/' : '/srv'}`,
        ),
    ].join('\n'),
  dmesg: ({ vm }) => bootLines(vm).join('\n'),
};

/** What the kernel and systemd say while the guest boots. */
export function bootLines(vm: SimulatedVm): string[] {
  const { system, hostname } = vm.guest;
  const memoryKiB = vm.live?.memoryKiB ?? 0;
  return [
    `[    0.000000] Linux version ${system.kernel} (${system.id})`,
    '[    0.000000] Command line: BOOT_IMAGE=/boot/vmlinuz root=/dev/vda1 ro console=tty0 console=ttyS0,115200',
    '[    0.000000] DMI: QEMU Standard PC (Q35 + ICH9, 2009), BIOS 1.16.2',
    `[    0.041293] Memory: ${Math.round(memoryKiB * 0.975)}K/${memoryKiB}K available`,
    `[    0.174221] smp: Brought up 1 node, ${vm.live?.vcpus ?? 1} CPUs`,
    '[    0.862104] virtio_blk virtio1: [vda] logical blocks (512-byte)',
    '[    1.204877] EXT4-fs (vda1): mounted filesystem with ordered data mode',
    `[    1.518330] systemd[1]: Set hostname to <${hostname}>.`,
    '[  OK  ] Started systemd-journald.service - Journal Service.',
    '[  OK  ] Reached target network-online.target - Network is Online.',
    '[  OK  ] Started qemu-guest-agent.service - QEMU Guest Agent.',
    '[  OK  ] Started ssh.service - OpenBSD Secure Shell server.',
    '[  OK  ] Reached target multi-user.target - Multi-User System.',
  ];
}
