import { spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import {
  createReadStream,
  existsSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { keyFileSealer } from '../../platform/secrets/key-file-sealer.ts';
import { openStore } from '../../platform/store/store-open.ts';
import type { Store } from '../../platform/store/store.ts';
import type { TaskEngine } from '../../platform/tasks/task-engine.ts';
import {
  fleetForTest,
  fleetTestSchema,
  logForTest,
  type FleetForTest,
} from '../../testing/fleet-for-test.ts';
import type { LabHost } from '../../testing/lab/lab-host.ts';
import { describeLab } from '../../testing/lab/lab-in-test.ts';
import { startLab } from '../../testing/lab/lab-start.ts';
import type { Lab } from '../../testing/lab/lab.ts';
import { taskEngineForTest, whenTask, type TaskAsSeen } from '../../testing/tasks-for-test.ts';
import { connectedHosts, hostNames, vmCountsOfTemplates } from '../fleet/fleet-public.ts';
import { templatesNameKey } from './schema/20261129T0230-templates-name-key.ts';
import { templatesTemplate } from './schema/20261122T1030-templates-template.ts';
import { copyRead } from './template-copy.ts';
import { templatesHandlers } from './templates-handlers.ts';
import type { TemplatesParts } from './templates-parts.ts';
import { ensureTemplateOnHost, templateTasks } from './templates-public.ts';

const MIB = 1024 ** 2;
/** A cut host is noticed by unanswered keepalives; then come tries that time out. */
const CUT_TIMEOUT_MS = 240_000;

describeLab('templates on real hosts over SSH', () => {
  let lab: Lab;
  let hv1: LabHost;
  let hv2: LabHost;
  let folder: string;
  let store: Store;
  let fleet: FleetForTest;
  let engine: TaskEngine;
  let parts: TemplatesParts;
  const hostIds = new Map<string, string>();

  beforeAll(async () => {
    // A lab of our own: its hosts are cut and its pools filled.
    lab = await startLab({ hosts: 2 });
    [hv1, hv2] = [lab.host('hv1'), lab.host('hv2')];
    folder = mkdtempSync(join(tmpdir(), 'innkeeper-template-lab-'));
    const address = `sqlite:${join(folder, 'store.db')}`;
    const schema = [...fleetTestSchema, templatesTemplate, templatesNameKey];
    store = await openStore({ address, schema, program: { name: 'Innkeeper', version: '1.0.0' } });
    const log = logForTest();
    fleet = fleetForTest(store, log);
    for (const host of [hv1, hv2]) hostIds.set(host.name, await addHost(host));
    engine = await taskEngineForTest(
      { store, address, definitions: [] },
      { log, pauses: { firstMs: 500, maxMs: 5_000 } },
    );
    parts = {
      store,
      sealer: keyFileSealer(join(folder, 'template-key')),
      tasks: engine,
      log,
      spoolFolder: join(folder, 'spool'),
      hosts: {
        uploadTargets: async () =>
          (await connectedHosts(store.tables())).map(({ id, name }) => ({ hostId: id, host: name })),
        names: hostNames,
        vmCounts: vmCountsOfTemplates,
        withHost: async (hostId, signal, work) =>
          await fleet.parts.connections.withHost(hostId, signal, async ({ session }) => await work(session)),
      },
    };
    engine.add(templateTasks(parts));
    await engine.begin();
  });
  afterAll(async () => {
    await engine?.stop({ graceMs: 0 });
    await fleet?.close();
    await store?.close();
    await lab?.down();
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  });

  async function addHost(host: LabHost): Promise<string> {
    const added = await fleet.call('hostAdd', {
      name: host.name,
      address: host.address,
      auth: { kind: 'key', privateKey: host.privateKey },
      acceptedFingerprint: host.hostKeyFingerprint,
    });
    if (!added.ok) throw new Error(JSON.stringify(added));
    return added.value.hostId;
  }

  const idOf = (host: LabHost): string => hostIds.get(host.name) ?? '';

  async function start(
    path: string,
    on: readonly LabHost[],
    sha256?: string,
  ): Promise<{ taskId: string; templateId: string }> {
    const input = {
      name: `Mini ${randomBytes(4).toString('hex')}`,
      os: 'mini',
      source: { kind: 'file' as const, path },
      hostIds: on.map(idOf),
      minDiskBytes: 0,
      minMemoryBytes: 0,
      minVcpus: 1,
      ...(sha256 === undefined ? {} : { sha256 }),
    };
    const started = await templatesHandlers(parts).templateImport(
      input,
      fleet.context(AbortSignal.timeout(60_000)),
    );
    if (!started.ok) throw new Error(JSON.stringify(started));
    return started.value;
  }

  async function ended(taskId: string): Promise<TaskAsSeen> {
    return await vi.waitFor(async () => await whenTask(store, taskId), { timeout: CUT_TIMEOUT_MS });
  }

  async function sha256(source: AsyncIterable<unknown>): Promise<string> {
    const hash = createHash('sha256');
    for await (const piece of source) hash.update(piece as Uint8Array);
    return hash.digest('hex');
  }

  const copies = (host: LabHost): string[] =>
    readdirSync(host.imagesFolder).filter((file) => file.startsWith('innkeeper-template-'));

  /** An image large enough to be caught in the middle. */
  function bigImage(bytes: number): string {
    const [raw, image] = [join(folder, 'big.raw'), join(folder, `big-${bytes}.qcow2`)];
    if (existsSync(image)) return image;
    writeFileSync(raw, randomBytes(bytes));
    const made = spawnSync('qemu-img', ['convert', '-f', 'raw', '-O', 'qcow2', raw, image], {
      encoding: 'utf8',
    });
    expect(made.stderr).toBe('');
    rmSync(raw);
    return image;
  }

  async function untilBytesArrive(host: LabHost): Promise<void> {
    await vi.waitFor(
      () => {
        const [copy = ''] = copies(host);
        expect(statSync(join(host.imagesFolder, copy)).blocks * 512).toBeGreaterThan(8 * MIB);
      },
      { timeout: 60_000, interval: 5 },
    );
  }

  test('the mini image arrives whole, and the hosts know what it is', async () => {
    const image = await lab.image();
    const original = await sha256(createReadStream(image));
    const { taskId, templateId } = await start(image, [hv1, hv2], original);
    const { task } = await ended(taskId);
    expect(task).toMatchObject({ state: 'succeeded', error: '' });
    const volume = `innkeeper-template-${templateId}.qcow2`;
    const info = JSON.parse(
      spawnSync('qemu-img', ['info', '--output=json', image], { encoding: 'utf8' }).stdout,
    ) as Record<string, unknown>;
    for (const host of [hv1, hv2]) {
      const signal = AbortSignal.timeout(60_000);
      const downloaded = await parts.hosts.withHost(idOf(host), signal, async (storage) => {
        return await sha256(copyRead(storage, { volume, signal }));
      });
      expect(downloaded).toBe(original);
      const xml = await host.virsh(['vol-dumpxml', '--pool', 'default', volume]);
      expect(xml).toContain("<format type='qcow2'/>");
      expect(xml).toContain(`<capacity unit='bytes'>${String(info['virtual-size'])}</capacity>`);
    }
  });

  test('a copy goes from one host to another', async () => {
    const image = await lab.image();
    const { taskId, templateId } = await start(image, [hv1]);
    expect((await ended(taskId)).task.error).toBe('');
    await ensureTemplateOnHost(
      parts,
      { templateId, hostId: idOf(hv2) },
      { signal: AbortSignal.timeout(60_000) },
    );
    const copied = join(hv2.imagesFolder, `innkeeper-template-${templateId}.qcow2`);
    expect(await sha256(createReadStream(copied))).toBe(await sha256(createReadStream(image)));
  });

  test('no room on the pool: said with what is needed, nothing left', async () => {
    const before = copies(hv2);
    const definition = await hv2.virsh(['pool-dumpxml', 'default', '--inactive']);
    writeFileSync(join(hv2.imagesFolder, 'default-pool.xml'), definition);
    await hv2.exec('mkdir -p /run/small && mount -t tmpfs -o size=80m tmpfs /run/small');
    await hv2.virsh(['pool-destroy', 'default']);
    await hv2.virsh(['pool-undefine', 'default']);
    await hv2.virsh(['pool-create-as', 'default', 'dir', '--target', '/run/small']);
    try {
      const { taskId } = await start(await lab.image(), [hv1, hv2]);
      const { task } = await ended(taskId);
      expect(task).toMatchObject({ state: 'failed', error_code: 'no-room' });
      expect(task.error).toMatch(
        /The pool default of hv2 has 80 MiB free and the image needs \d+ MiB: free some space/,
      );
      expect(await hv2.exec('ls -A /run/small')).toBe('');
    } finally {
      await hv2.virsh(['pool-destroy', 'default']);
      await hv2.exec('umount /run/small');
      await hv2.virsh(['pool-define', '/var/lib/libvirt/images/default-pool.xml']);
      await hv2.virsh(['pool-start', 'default']);
      rmSync(join(hv2.imagesFolder, 'default-pool.xml'));
    }
    expect(copies(hv2)).toEqual(before);
  });

  test(
    'a host cut off in the middle: the upload goes through once it is back',
    { timeout: CUT_TIMEOUT_MS },
    async () => {
      for (const copy of copies(hv2)) await hv2.virsh(['vol-delete', '--pool', 'default', copy]);
      const image = bigImage(256 * MIB);
      const { taskId, templateId } = await start(image, [hv2]);
      await untilBytesArrive(hv2);
      await hv2.cut();
      try {
        await whenTask(store, taskId, ({ steps }) => (steps[3]?.failures ?? 0) > 0);
      } finally {
        await hv2.uncut();
      }
      const { task } = await ended(taskId);
      expect(task).toMatchObject({ state: 'succeeded', error: '' });
      const copied = join(hv2.imagesFolder, `innkeeper-template-${templateId}.qcow2`);
      expect(await sha256(createReadStream(copied))).toBe(await sha256(createReadStream(image)));
      await hv2.virsh(['vol-delete', '--pool', 'default', `innkeeper-template-${templateId}.qcow2`]);
    },
  );

  test(
    'a host cut off for long: the task is undone, and no volume is left',
    { timeout: CUT_TIMEOUT_MS },
    async () => {
      const { taskId } = await start(bigImage(256 * MIB), [hv1, hv2]);
      const before = copies(hv1).length;
      await untilBytesArrive(hv2);
      await hv2.cut();
      try {
        await vi.waitFor(async () => await whenTask(store, taskId, ({ task }) => task.state === 'undoing'), {
          timeout: CUT_TIMEOUT_MS,
        });
      } finally {
        await hv2.uncut();
      }
      const { task } = await ended(taskId);
      expect(task).toMatchObject({ state: 'failed', error_code: 'host-away' });
      expect(task.error).toContain('hv2');
      expect(task.error).not.toContain('Not undone');
      expect(copies(hv2)).toEqual([]);
      expect(copies(hv1).length).toBeLessThan(before + 1);
    },
  );
});
