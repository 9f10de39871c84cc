import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startEngine, type Engine } from '../../app/build-engine.ts';
import { readSettings } from '../../app/settings/settings.ts';
import { vmDomainXml } from '../../domains/fleet/vms/vm-domain-xml.ts';
import { connectSsh } from '../../platform/ssh/ssh-connect.ts';
import { isSshError } from '../../platform/ssh/ssh-error.ts';
import type { HostKey } from '../../platform/ssh/ssh-key.ts';
import type { LabHost } from '../lab/lab-host.ts';
import { startLab } from '../lab/lab-start.ts';
import type { Lab } from '../lab/lab.ts';
import { atMost, machineLine, median, type BenchResult } from './bench-result.ts';

const ROUNDS = 3;
const MIB = 1024 * 1024;
const MEMORY_BYTES = 128 * MIB;
const DISK_BYTES = 512 * MIB;

interface Task {
  readonly steps: readonly { name: string; startedAt: string; endedAt: string }[];
  readonly state: string;
  readonly error: string;
  readonly result: { readonly address: string };
}

/**
 * A VM from a template, from the call until its sshd lets us in, by step; beside the same VM made by a script on the host itself with qemu-img, genisoimage
 * and virsh, in turn. Both copy the whole image, grow it, boot the same domain and are watched by the same ssh.
 */
export async function run(): Promise<BenchResult> {
  const lab = await startLab({ hosts: 1, name: `bench${process.pid % 1000}` });
  const folder = mkdtempSync(join(tmpdir(), 'innkeeper-bench-'));
  const engine = await startEngine({
    settings: { ...readSettings({ environment: { HOME: folder } }), logLevel: 'error' },
    hostKind: 'worker',
    logToFile: true,
  });
  try {
    const host = lab.host('hv1');
    const templateId = await prepare(engine, lab, host);
    const ours: { ms: number; task: Task }[] = [];
    const script: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      if (round % 2 === 0) ours.push(await byEngine(engine, lab, { templateId, name: `ours-${round}` }));
      script.push(await byScript(lab, host, { templateId, name: `script-${round}` }));
      if (round % 2 === 1) ours.push(await byEngine(engine, lab, { templateId, name: `ours-${round}` }));
    }
    return resultOf(ours, script);
  } finally {
    await engine.stop();
    await lab.down();
    rmSync(folder, { recursive: true, force: true });
  }
}

function resultOf(ours: readonly { ms: number; task: Task }[], script: readonly number[]): BenchResult {
  const oursMs = median(ours.map((one) => one.ms));
  const scriptMs = median(script);
  const names = ours[0]?.task.steps.map((step) => step.name) ?? [];
  const stepMs = (name: string): number =>
    median(
      ours.map(({ task }) => {
        const step = task.steps.find((one) => one.name === name);
        return step === undefined ? Number.NaN : Date.parse(step.endedAt) - Date.parse(step.startedAt);
      }),
    );
  return {
    name: 'provision',
    machine: machineLine(),
    metrics: [
      {
        metric: 'call to ssh',
        value: oursMs,
        unit: 'ms',
        note: `median of ${ROUNDS}: ${ours.map((one) => one.ms.toFixed(0)).join(' ')}`,
      },
      ...names.map((name) => ({ metric: `step ${name}`, value: stepMs(name), unit: 'ms' })),
      {
        metric: 'script to ssh',
        value: scriptMs,
        unit: 'ms',
        note: script.map((ms) => ms.toFixed(0)).join(' '),
      },
    ],
    baseline:
      'the same VM by qemu-img convert, qemu-img resize, genisoimage, virsh define and virsh start on the host itself',
    limits: [atMost('wall time against the script', oursMs / scriptMs, '×', 1.2)],
  };
}

async function call<T>(engine: Engine, op: string, input: unknown): Promise<T> {
  const answer = await engine.call(op, input);
  if (!answer.ok) throw new Error(`${op}: ${answer.error.sentence}`);
  return answer.value as T;
}

async function prepare(engine: Engine, lab: Lab, host: LabHost): Promise<string> {
  await call(engine, 'fleet.hostAdd', {
    name: host.name,
    address: host.address,
    port: host.port,
    user: 'root',
    auth: { kind: 'key', privateKey: host.privateKey },
    acceptedFingerprint: host.hostKeyFingerprint,
  });
  for (;;) {
    const { rows } = await call<{ rows: { state: string }[] }>(engine, 'fleet.hostList', {});
    if (rows[0]?.state === 'connected') break;
    await sleep(100);
  }
  const source = { kind: 'file', path: await lab.image() };
  const { taskId, templateId } = await call<{ taskId: string; templateId: string }>(
    engine,
    'templates.templateImport',
    { name: 'Mini', os: 'Lab mini', source },
  );
  await taskEnd(engine, taskId);
  return templateId;
}

async function taskEnd(engine: Engine, taskId: string): Promise<Task> {
  for (;;) {
    const task = await call<Task & { endedAt: string | null }>(engine, 'tasks.taskGet', { taskId });
    if (task.endedAt !== null) {
      if (task.state !== 'succeeded') throw new Error(task.error);
      return task;
    }
    await sleep(50);
  }
}

async function byEngine(
  engine: Engine,
  lab: Lab,
  vm: { templateId: string; name: string },
): Promise<{ ms: number; task: Task }> {
  const startMs = performance.now();
  const { taskId, vmId } = await call<{ taskId: string; vmId: string }>(engine, 'fleet.vmCreate', {
    ...vm,
    vcpus: 1,
    memoryBytes: MEMORY_BYTES,
    diskBytes: DISK_BYTES,
    network: { kind: 'bridge', name: 'br0' },
    sshKeys: [publicKey(lab)],
  });
  const task = await taskEnd(engine, taskId);
  await letsIn(lab, () => task.result.address);
  const ms = performance.now() - startMs;
  const { taskId: deletion } = await call<{ taskId: string }>(engine, 'fleet.vmDelete', {
    vmId,
    confirmName: vm.name,
  });
  await taskEnd(engine, deletion);
  return { ms, task };
}

/** What an administrator's script does, on the host itself, so that no connection is set up in between. */
async function byScript(lab: Lab, host: LabHost, vm: { templateId: string; name: string }): Promise<number> {
  const images = '/var/lib/libvirt/images';
  const mac = `52:54:00:ff:00:${vm.name.at(-1)?.padStart(2, '0') ?? '00'}`;
  const disk = `${images}/${vm.name}.qcow2`;
  const seed = `${images}/${vm.name}.iso`;
  const xml = vmDomainXml(
    {
      vmId: vm.name,
      uuid: crypto.randomUUID(),
      hostId: '',
      hostName: host.name,
      pool: 'default',
      diskVolume: '',
      seedVolume: '',
      mac,
      kvm: false,
      arch: 'x86_64',
      templateName: '',
      templateVolume: '',
      os: '',
      name: vm.name,
      templateId: vm.templateId,
      customerId: null,
      network: { kind: 'bridge', name: 'br0' },
      sshKeys: [],
      tags: [],
      vcpus: 1,
      memoryBytes: MEMORY_BYTES,
      diskBytes: DISK_BYTES,
    },
    { disk, seed },
  );
  writeFileSync(join(host.imagesFolder, `${vm.name}.xml`), xml);
  const startMs = performance.now();
  await host.exec(
    [
      'set -e',
      `qemu-img convert -O qcow2 ${images}/innkeeper-template-${vm.templateId}.qcow2 ${disk}`,
      `qemu-img resize -q ${disk} ${DISK_BYTES}`,
      `d=$(mktemp -d); printf 'instance-id: ${vm.name}\\nlocal-hostname: ${vm.name}\\n' > $d/meta-data`,
      `printf '#cloud-config\\nhostname: ${vm.name}\\nssh_authorized_keys:\\n  - ${publicKey(lab)}\\n' > $d/user-data`,
      `genisoimage -quiet -V cidata -J -r -o ${seed} $d/meta-data $d/user-data`,
      `virsh -q define ${images}/${vm.name}.xml`,
      `virsh -q start ${vm.name}`,
    ].join('\n'),
  );
  await letsIn(lab, () => lab.leases().find((lease) => lease.mac.toLowerCase() === mac)?.address);
  const ms = performance.now() - startMs;
  await host.exec(
    `virsh -q destroy ${vm.name}; virsh -q undefine ${vm.name}; rm -f ${disk} ${seed} ${images}/${vm.name}.xml`,
  );
  return ms;
}

function publicKey(lab: Lab): string {
  return readFileSync(`${lab.privateKeyFile}.pub`, 'utf8').trim();
}

/** Until the guest lets us in and runs a command. */
async function letsIn(lab: Lab, addressOf: () => string | undefined): Promise<void> {
  const privateKey = readFileSync(lab.privateKeyFile, 'utf8');
  for (;;) {
    const host = addressOf();
    if (host !== undefined) {
      try {
        const hostKey = await firstKey(host, privateKey);
        const ssh = await connectSsh({
          host,
          user: 'root',
          auth: { kind: 'key', privateKey },
          hostKey,
          connectTimeoutMs: 2000,
        });
        await ssh.exec('true');
        await ssh.close();
        return;
      } catch {
        // Not yet.
      }
    }
    await sleep(50);
  }
}

/** The key a guest shows that nobody has seen before. */
async function firstKey(host: string, privateKey: string): Promise<HostKey> {
  try {
    await connectSsh({ host, user: 'root', auth: { kind: 'key', privateKey }, connectTimeoutMs: 2000 });
  } catch (error) {
    if (isSshError(error, 'host-key-unknown') && error.hostKey) return error.hostKey;
    throw error;
  }
  throw new Error('a host key nobody has confirmed was taken');
}
