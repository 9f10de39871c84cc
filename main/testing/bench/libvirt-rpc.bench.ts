import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { domainStatsFlags } from '../../platform/libvirt/flags.ts';
import { dialHost } from '../../platform/libvirt/dialer.ts';
import type { Dial } from '../../platform/libvirt/dialer.ts';
import { LibvirtConnection } from '../../platform/libvirt/libvirt-connection.ts';
import { procedures } from '../../platform/libvirt/procedures.ts';
import { decodeWhole } from '../../platform/libvirt/xdr-codecs.ts';
import { connectSsh } from '../../platform/ssh/ssh-connect.ts';
import { labMissing } from '../lab/lab-requirements.ts';
import { startLab } from '../lab/lab-start.ts';
import type { LabHost } from '../lab/lab-host.ts';
import { fixtureBytes } from '../libvirt/fixture-bytes.ts';
import { runProgram, startPrivateLibvirtd } from '../libvirt/private-libvirtd.ts';
import type { ProgramResult } from '../libvirt/private-libvirtd.ts';
import { atMost, machineLine, median } from './bench-result.ts';
import type { BenchLimit, BenchMetric, BenchResult } from './bench-result.ts';

const GUESTS = 2_000;
const SOCKET_ROUNDS = 11;
const SSH_ROUNDS = 7;
const FILE_ROUNDS = 3;
const URI = 'test:///default';
/** The fleet of the product's promise: 350 hosts × 160 guests, every 30 s. */
const FLEET_GUESTS = 56_000;

type Side = () => Promise<void>;
type Measured = { readonly ours: number; readonly virsh: number };

function guestXml(index: number): string {
  const uuid = `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`;
  return `<domain type='test'><name>vm${index}</name><uuid>${uuid}</uuid><memory unit='MiB'>512</memory><vcpu>2</vcpu><os><type>hvm</type></os>
<devices><disk type='file' device='disk'><source file='/disks/${index}'/><target dev='vda' bus='virtio'/></disk>
<interface type='network'><source network='default'/></interface></devices></domain>`;
}

async function timed(side: Side): Promise<number> {
  const start = performance.now();
  await side();
  return performance.now() - start;
}

/** One unmeasured round, then both sides in turn, each going first every other time; the medians. */
async function sideBySide(ours: Side, virsh: Side, rounds: number): Promise<Measured> {
  await ours();
  await virsh();
  const times = { ours: [] as number[], virsh: [] as number[] };
  for (let round = 0; round < rounds; round += 1) {
    const order = round % 2 === 0 ? (['ours', 'virsh'] as const) : (['virsh', 'ours'] as const);
    for (const side of order) times[side].push(await timed(side === 'ours' ? ours : virsh));
  }
  return { ours: median(times.ours), virsh: median(times.virsh) };
}

/** From nothing to every name and every number of every guest, decoded, and hung up. */
async function connectListAndCount(dial: Dial, uri: string): Promise<void> {
  await using connection = await LibvirtConnection.open({ dial, uri });
  const guests = await connection.domains.listAll();
  const stats = await connection.domains.allStats({
    flags: domainStatsFlags.active | domainStatsFlags.inactive,
    wait: true,
  });
  if (guests.length < GUESTS || stats.length !== guests.length)
    throw new Error(`${guests.length} guests, statistics of ${stats.length}`);
}

function expectGuests(result: ProgramResult): void {
  const guests = result.stdout.split('Domain: ').length - 1;
  if (guests < GUESTS) throw new Error(`virsh told of ${guests} guests: ${result.stderr}`);
}

/** The test driver's default node is shared by all its connections: filled once, it costs neither side the parsing of a file. */
async function fill(connection: LibvirtConnection): Promise<void> {
  await Promise.all(
    Array.from({ length: GUESTS }, (_, index) => connection.domains.createTransient(guestXml(index))),
  );
}

async function overSocket(): Promise<{ metrics: BenchMetric[]; limits: BenchLimit[] }> {
  const daemon = await startPrivateLibvirtd();
  try {
    await using holder = await LibvirtConnection.open({ dial: daemon.dial, uri: URI });
    await fill(holder);
    const measured = await sideBySide(
      () => connectListAndCount(daemon.dial, URI),
      async () => expectGuests(await daemon.virsh(URI, ['domstats'])),
      SOCKET_ROUNDS,
    );
    const starts = [];
    for (let round = 0; round < SOCKET_ROUNDS; round += 1)
      starts.push(await timed(async () => void (await daemon.virsh(URI, ['uri']))));
    const asProcess = await wholeProcess(daemon.socketPath);
    const file = await customFile(daemon);
    const ratio = measured.ours / measured.virsh;
    return {
      metrics: [
        {
          metric: 'unix socket: connect, list, statistics',
          value: measured.ours,
          unit: 'ms',
          note: 'in a running process, from dialling to all decoded and hung up',
        },
        {
          metric: 'unix socket: virsh domstats',
          value: measured.virsh,
          unit: 'ms',
          note: 'the process from start to end; it does not list',
        },
        {
          metric: 'unix socket: virsh uri',
          value: median(starts),
          unit: 'ms',
          note: 'what of it is starting and connecting',
        },
        {
          metric: 'unix socket: the same as a process of its own',
          value: asProcess,
          unit: 'ms',
          note: 'node from start to end, TypeScript sources stripped as they load; no limit: the product keeps its engine running',
        },
        {
          metric: 'custom file: connect, list, statistics',
          value: file.ours,
          unit: 'ms',
          note: 'each connection makes the daemon parse 2,000 definitions: the same for both',
        },
        { metric: 'custom file: virsh domstats', value: file.virsh, unit: 'ms' },
      ],
      limits: [atMost('unix socket: our wall time over that of virsh domstats', ratio, '×', 0.5)],
    };
  } finally {
    await daemon.stop();
  }
}

async function customFile(daemon: Awaited<ReturnType<typeof startPrivateLibvirtd>>): Promise<Measured> {
  const path = join(daemon.folder, 'fleet.xml');
  await writeFile(
    path,
    `<node>${Array.from({ length: GUESTS }, (_, index) => guestXml(index)).join('')}</node>`,
  );
  await chmod(path, 0o644);
  const uri = `test://${path}`;
  return sideBySide(
    () => connectListAndCount(daemon.dial, uri),
    async () => expectGuests(await daemon.virsh(uri, ['domstats'])),
    FILE_ROUNDS,
  );
}

async function wholeProcess(socketPath: string): Promise<number> {
  const times = [];
  for (let round = 0; round < FILE_ROUNDS; round += 1) {
    times.push(
      await timed(async () => {
        const program = join(import.meta.dirname, 'libvirt-rpc-process.ts');
        const { stdout, stderr } = await runProgram(process.execPath, [
          '--disable-warning=ExperimentalWarning',
          program,
          socketPath,
          URI,
        ]);
        if (Number(stdout.split(' ')[1]) < GUESTS) throw new Error(`the process told of ${stdout}${stderr}`);
      }),
    );
  }
  return median(times);
}

/** The wrapper only keeps ssh's files of known hosts out of it. */
async function virshOverSsh(host: LabHost, folder: string): Promise<Side> {
  const command = join(folder, 'ssh');
  await writeFile(
    command,
    `#!/bin/sh\nexec ssh -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR -o IdentitiesOnly=yes "$@"\n`,
    { mode: 0o755 },
  );
  const query = new URLSearchParams({
    keyfile: host.privateKeyFile,
    no_verify: '1',
    no_tty: '1',
    command,
    proxy: 'native',
  });
  const uri = `test+ssh://${host.user}@${host.address}:${host.port}/default?${query.toString()}`;
  return async () =>
    expectGuests(await runProgram('virsh', ['-c', uri, 'domstats'], { ...process.env, LC_ALL: 'C' }));
}

async function overSsh(): Promise<{ metrics: BenchMetric[]; limits: BenchLimit[] }> {
  const lab = await startLab({ hosts: 1 });
  const folder = await mkdtemp(join(tmpdir(), 'ik-bench-'));
  try {
    const host = lab.host('hv1');
    const target = {
      host: host.address,
      port: host.port,
      user: host.user,
      auth: { kind: 'key' as const, privateKey: host.privateKey },
      hostKey: { algorithm: 'ssh-ed25519', fingerprint: host.hostKeyFingerprint },
    };
    const withHost = async (work: (dial: Dial) => Promise<void>) => {
      const ssh = await connectSsh(target);
      try {
        await work(
          dialHost((path, signal) => ssh.openUnixSocket(path, signal), ['/run/libvirt/libvirt-sock']),
        );
      } finally {
        await ssh.close();
      }
    };
    let measured: Measured = { ours: Number.NaN, virsh: Number.NaN };
    await withHost(async (dial) => {
      await using holder = await LibvirtConnection.open({ dial, uri: URI });
      await fill(holder);
      const virsh = await virshOverSsh(host, folder);
      measured = await sideBySide(() => withHost((own) => connectListAndCount(own, URI)), virsh, SSH_ROUNDS);
    });
    return {
      metrics: [
        {
          metric: 'SSH: connect, list, statistics',
          value: measured.ours,
          unit: 'ms',
          note: 'TCP, SSH handshake and log-in included',
        },
        {
          metric: 'SSH: virsh domstats',
          value: measured.virsh,
          unit: 'ms',
          note: "libvirt's own transport: ssh and virt-ssh-helper",
        },
      ],
      limits: [
        atMost('SSH: our wall time over that of virsh domstats', measured.ours / measured.virsh, '×', 1),
      ],
    };
  } finally {
    await lab.down();
    await rm(folder, { recursive: true, force: true });
  }
}

/** A real QEMU guest's statistics, as often as the fleet has guests: what one round of collecting costs in decoding alone. */
function decodeFleet(): { metrics: BenchMetric[]; limits: BenchLimit[] } {
  const payload = fixtureBytes('reply-domain-stats-qemu').subarray(28);
  const codec = procedures.connectGetAllDomainStats.result;
  const guestsPerReply = 160;
  const reply = Buffer.concat([
    Buffer.from([0, 0, 0, guestsPerReply]),
    ...Array.from({ length: guestsPerReply }, () => payload.subarray(4)),
  ]);
  const rounds = [];
  let parameters = 0;
  for (let round = 0; round < 5; round += 1) {
    parameters = 0;
    const start = performance.now();
    for (let guests = 0; guests < FLEET_GUESTS; guests += guestsPerReply) {
      for (const { params } of decodeWhole(codec, reply, 'statistics').retStats)
        parameters += params.record()['vcpu.maximum'] === 2 ? 38 : 0;
    }
    rounds.push(performance.now() - start);
  }
  const value = median(rounds);
  return {
    metrics: [
      {
        metric: `decoding ${FLEET_GUESTS} guests of QEMU`,
        value,
        unit: 'ms',
        note: `${parameters} parameters, ${Math.round((value * 1e6) / parameters)} ns each`,
      },
    ],
    limits: [atMost(`decoding the statistics of ${FLEET_GUESTS} guests`, value, 'ms', 800)],
  };
}

export async function run(): Promise<BenchResult> {
  const parts = [await overSocket(), decodeFleet()];
  const missing = labMissing();
  if (missing === undefined) parts.push(await overSsh());
  const note: BenchMetric[] =
    missing === undefined
      ? []
      : [{ metric: 'SSH', value: Number.NaN, unit: 'ms', note: `not measured: ${missing}` }];
  return {
    name: 'libvirt-rpc',
    machine: machineLine(),
    metrics: [...parts.flatMap((part) => part.metrics), ...note],
    baseline: `virsh domstats on the same daemon in the same run, in turn, medians; ${GUESTS} running guests of libvirt's test driver`,
    limits: parts.flatMap((part) => part.limits),
  };
}
