import { readFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import postgres from 'postgres';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import type { Lab } from '../../../testing/lab/lab.ts';
import type { LabHost } from '../../../testing/lab/lab-host.ts';
import { describeLab, labFromSetup } from '../../../testing/lab/lab-in-test.ts';
import { programForTest, type ProgramForTest } from '../../../testing/program-for-test.ts';

interface Task {
  readonly state: string;
  readonly error: string;
  readonly endedAt: string | null;
  readonly steps: readonly { name: string; state: string; attempts: number }[];
  readonly result: Record<string, string>;
}

const MIB = 1024 * 1024;
const STEPS = ['template', 'disk', 'seed', 'define', 'start', 'ready'] as const;

describeLab('a VM made from a template on a real host', () => {
  let lab: Lab;
  let host: LabHost;
  let program: ProgramForTest;
  let templateId = '';

  const task = async (taskId: string): Promise<Task> =>
    await program.callHere<Task>('tasks.taskGet', { taskId });
  const ended = async (taskId: string): Promise<Task> =>
    await expect
      .poll(async () => await task(taskId), { timeout: 150_000, interval: 300 })
      .toSatisfy((seen: Task) => seen.endedAt !== null)
      .then(async () => await task(taskId));
  const vmInput = (name: string, more: object = {}) => ({
    name,
    templateId,
    vcpus: 1,
    memoryBytes: 128 * MIB,
    diskBytes: 512 * MIB,
    network: { kind: 'bridge', name: 'br0' },
    sshKeys: [readFileSync(`${lab.privateKeyFile}.pub`, 'utf8').trim()],
    firstBootScript: 'echo made > /root/first',
    ...more,
  });
  /** What stands on the host beside templates, by name. */
  const leftOn = async () => {
    const domains = (await host.virsh(['list', '--all', '--name']))
      .split('\n')
      .filter((line) => line.trim() !== '');
    const listed = await host.exec('ls /var/lib/libvirt/images');
    return {
      domains,
      volumes: listed.split('\n').filter((name) => name !== '' && !name.startsWith('innkeeper-template-')),
    };
  };

  async function prepare(store?: string): Promise<void> {
    program = programForTest({
      ...(store === undefined ? {} : { store }),
      environment: { INNKEEPER_SWEEP_SECONDS: '5' },
    });
    const worker = await program.startWorker();
    await program.callHere('fleet.hostAdd', {
      name: 'hv1',
      address: host.address,
      port: host.port,
      user: 'root',
      auth: { kind: 'key', privateKey: host.privateKey },
      acceptedFingerprint: host.hostKeyFingerprint,
    });
    await expect
      .poll(async () => JSON.stringify(await program.callHere('fleet.hostList')), { timeout: 60_000 })
      .toContain('"state":"connected"');
    const imported = await program.callHere<{ templateId: string; task: Task }>(
      'templates.templateImport',
      { name: 'Mini', os: 'Lab mini', source: { kind: 'file', path: await lab.image() } },
      '--wait',
    );
    expect(imported.task.state).toBe('succeeded');
    templateId = imported.templateId;
    await worker.stop();
  }

  beforeEach(() => {
    lab = labFromSetup();
    host = lab.host('hv1');
  });

  afterEach(async () => {
    await program.close();
    const { domains } = await leftOn();
    for (const name of domains) await host.tryExec(`virsh destroy ${name}; virsh undefine ${name} --nvram`);
    await host.tryExec('rm -f /var/lib/libvirt/images/*');
    await host.virsh(['pool-refresh', 'default']);
  });

  test(
    'survives an engine killed at every one of its steps: one VM, one disk, one seed, and it answers',
    { timeout: 400_000 },
    async () => {
      await prepare();
      let worker = await program.startWorker();
      const { taskId, vmId } = await program.callHere<{ taskId: string; vmId: string }>(
        'fleet.vmCreate',
        vmInput('acct-killed'),
      );
      const killedAt: string[] = [];
      // Looked at in the store itself: on a busy machine a command takes longer than a step.
      using store = new DatabaseSync(program.store.replace('sqlite:', ''), {
        readOnly: true,
        timeout: 5_000,
      });
      const running = store.prepare("select name from task_step where task_id = ? and state = 'running'");
      const over = store.prepare('select 1 from task where id = ? and ended_at_ms is not null');
      const stepNow = () => running.get(taskId)?.['name'] as string | undefined;
      const reached = () => STEPS.findIndex((name) => name === stepNow());
      for (const step of STEPS) {
        // A step may be over before we see it, then the next one is hit.
        const isReached = () => over.get(taskId) !== undefined || reached() >= STEPS.indexOf(step);
        await expect.poll(isReached, { timeout: 60_000, interval: 5 }).toBe(true);
        if (over.get(taskId) !== undefined) break;
        killedAt.push(stepNow() ?? 'between');
        await worker.kill();
        worker = await program.startWorker();
      }
      const finished = await ended(taskId);
      expect({ state: finished.state, error: finished.error, kills: killedAt.length >= 2 }).toEqual({
        state: 'succeeded',
        error: '',
        kills: true,
      });
      const left = await leftOn();
      expect(left.domains).toEqual(['acct-killed']);
      expect(left.volumes).toHaveLength(2);
      const look = `ssh -i /root/.ssh/id_ed25519 -o StrictHostKeyChecking=no -o ConnectTimeout=10 root@${finished.result['address']} 'hostname; cat /root/first; cat /sys/block/vda/size'`;
      // The guest answers while its first-boot script still runs.
      await expect
        .poll(async () => (await host.tryExec(look)).stdout.trim().split('\n'), {
          timeout: 60_000,
          interval: 250,
        })
        .toEqual(['acct-killed', 'made', String((512 * MIB) / 512)]);
      const gone = await program.callHere<{ task: Task }>(
        'fleet.vmDelete',
        { vmId, confirmName: 'acct-killed' },
        '--wait',
      );
      expect(gone.task.state).toBe('succeeded');
      expect(await leftOn()).toEqual({ domains: [], volumes: [] });
    },
  );

  test(
    'that is cancelled while it boots leaves nothing on the host and its name free',
    { timeout: 200_000 },
    async () => {
      await prepare();
      await program.startWorker();
      const { taskId } = await program.callHere<{ taskId: string }>(
        'fleet.vmCreate',
        vmInput('acct-cancelled'),
      );
      await expect
        .poll(async () => (await task(taskId)).steps.find((one) => one.name === 'ready')?.state, {
          timeout: 60_000,
        })
        .toBe('running');
      await program.callHere('tasks.taskCancel', { taskId });
      expect((await ended(taskId)).state).toBe('cancelled');
      expect(await leftOn()).toEqual({ domains: [], volumes: [] });
      // A look at the host that was under way may have seen it; the next one does not.
      await expect
        .poll(async () => await program.callHere('fleet.vmList'), { timeout: 60_000 })
        .toMatchObject({ total: 0 });
    },
  );

  test(
    'goes on in the other of two engines on one PostgreSQL when the one that made it is killed',
    { timeout: 300_000 },
    async () => {
      const admin = postgres(inject('postgresUrl'), { max: 1 });
      const name = `provision_${process.pid}`;
      await admin.unsafe(`create database ${name}`);
      const url = new URL(inject('postgresUrl'));
      url.pathname = `/${name}`;
      try {
        await prepare(url.href);
        const first = await program.startWorker();
        const { taskId } = await program.callHere<{ taskId: string }>(
          'fleet.vmCreate',
          vmInput('acct-moved'),
        );
        await expect
          .poll(async () => (await task(taskId)).steps.find((one) => one.name === 'ready')?.state, {
            timeout: 60_000,
          })
          .toBe('running');
        await program.startWorker();
        await first.kill();
        const finished = await ended(taskId);
        expect({ state: finished.state, error: finished.error }).toEqual({ state: 'succeeded', error: '' });
        expect(await leftOn()).toMatchObject({ domains: ['acct-moved'] });
        expect((await leftOn()).volumes).toHaveLength(2);
        await program.close();
      } finally {
        await admin.unsafe(`drop database if exists ${name} with (force)`);
        await admin.end();
      }
    },
  );

  test('is refused in words before anything is made', { timeout: 400_000 }, async () => {
    await prepare();
    await program.startWorker();
    await program.callHere('fleet.vmCreate', vmInput('acct-twin'), '--wait');
    const hostId = (await program.callHere<{ rows: { id: string }[] }>('fleet.hostList')).rows[0]?.id;
    const before = await leftOn();
    const table: [object, string][] = [
      [{ name: 'acct-twin', hostId }, 'name-taken'],
      [{ memoryBytes: 4096 * 1024 * MIB, hostId }, 'host-does-not-fit'],
      [{ memoryBytes: 4096 * 1024 * MIB }, 'nothing-fits'],
      [{ diskBytes: 200_000 * 1024 * MIB, hostId }, 'host-does-not-fit'],
      [{ network: { kind: 'bridge', name: 'br9' }, hostId }, 'no-such-network'],
      [{ diskBytes: 16 * MIB }, 'too-small'],
      [{ templateId: 'tpl_none' }, 'no-such-template'],
      [{ customerId: 'cus_none' }, 'no-such-customer'],
    ];
    for (const [more, code] of table) {
      const answer = await program.here(
        'call',
        'fleet.vmCreate',
        JSON.stringify(vmInput('acct-other', more)),
      );
      expect([answer.code, answer.stderr.split(':')[0]]).toEqual([3, code]);
    }
    expect(await leftOn()).toEqual(before);
  });
});
