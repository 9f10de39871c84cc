import { afterEach, expect, test, vi } from 'vitest';
import { FIRST_CLUSTER_ID } from '../domains/fleet/clusters/cluster-store.ts';
import { collectDuty } from '../domains/fleet/fleet-duty.ts';
import { BILLING_DAY_DUTY } from '../domains/billing/billing-day-duty.ts';
import type { LeaseState } from '../platform/store/leases.ts';
import { startPracticeFleet, type PracticeFleet } from '../testing/practice/practice-fleet.ts';
import type { SimulatedVm } from '../testing/practice/simulated-vm.ts';
import { programForTest, type ProgramForTest } from '../testing/program-for-test.ts';
import { describeOnPostgres } from '../testing/store-for-test.ts';
import { startEngine, type Engine } from './build-engine.ts';
import { PipeCaller } from './cli/call-over-pipe.ts';
import { memoryPipe } from './engine/memory-pipe.ts';
import { readSettings } from './settings/settings.ts';
import { allSchema } from './all-schema.ts';

const COLLECT_DUTY = collectDuty(FIRST_CLUSTER_ID);

const PATIENCE = { timeout: 240_000 };
const soon = { timeout: 60_000, interval: 100 };
const customer = { name: 'Acme', country: 'PL', currency: 'PLN' };

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

function programOn(store: string): ProgramForTest {
  const program = programForTest({ store });
  closing.push(program.close);
  return program;
}

/** An engine in this process, on the same HOME as the program's other processes: it opens what they sealed. */
async function engineIn({ home, store }: ProgramForTest, more: Record<string, string> = {}): Promise<Engine> {
  const environment = { HOME: home, INNKEEPER_STORE: store, INNKEEPER_LOGIN: 'anna', ...more };
  const engine = await startEngine({
    settings: readSettings({ environment }),
    hostKind: 'worker',
    logToFile: true,
  });
  closing.push(engine.stop);
  return engine;
}

async function value<T>(engine: Engine, op: string, input: unknown): Promise<T> {
  const called = await engine.call(op, input);
  if (!called.ok) throw new Error(`${op}: ${JSON.stringify(called.error)}`);
  return called.value as T;
}

interface Told {
  readonly topic: string;
  readonly key: string;
  readonly atMs: number;
}

/** What an engine's feed of changes tells a console, from now on. */
async function changesOf(engine: Engine): Promise<Told[]> {
  const { caller, engine: end } = memoryPipe();
  engine.serve(end);
  const told: Told[] = [];
  const stop = new AbortController();
  const following = new PipeCaller(caller).follow(
    'system.changes',
    { topics: ['customer'] },
    (item) => told.push({ ...(item as Told), atMs: performance.now() }),
    { signal: stop.signal },
  );
  closing.push(async () => {
    stop.abort();
    await following;
  });
  // The first item says where the feed stands.
  await vi.waitFor(() => expect(told).toHaveLength(1), soon);
  return told;
}

function duty(leases: readonly LeaseState[], name: string): LeaseState {
  const found = leases.find((lease) => lease.name === name);
  if (!found) throw new Error(`nobody ever held ${name}`);
  return found;
}

describeOnPostgres('two engines on one store', ({ newAddress }) => {
  test('what one changes is told by the other within a second', PATIENCE, async () => {
    const program = programOn(await newAddress(allSchema));
    const engines = [await engineIn(program), await engineIn(program)] as const;
    const feeds = [await changesOf(engines[0]), await changesOf(engines[1])] as const;
    const delays: number[] = [];
    for (let round = 0; round < 6; round += 1) {
      const [from, to] = round % 2 === 0 ? [0, 1] : [1, 0];
      const answered = await value<{ customerId: string }>(engines[from]!, 'customers.customerCreate', {
        ...customer,
        name: `Acme ${round}`,
      });
      const answeredMs = performance.now();
      const isIt = (told: Told): boolean => told.key === answered.customerId;
      await vi.waitFor(() => expect(feeds[to]!.some(isIt)).toBe(true), { ...soon, interval: 5 });
      delays.push(feeds[to]!.find(isIt)!.atMs - answeredMs);
      expect(await value(engines[to]!, 'customers.customerGet', answered)).toMatchObject({
        name: `Acme ${round}`,
      });
    }
    // The best of six: a machine that stands still for a moment does not decide.
    expect(Math.min(...delays)).toBeLessThan(1000);
  });

  test(
    'one is killed: its duties move with higher tokens, its task goes on in the other and is done once',
    PATIENCE,
    async () => {
      const practice = await startPracticeFleet({ hosts: 2, vms: 6, bootMs: 50 });
      closing.push(practice.stop);
      const program = programOn(await newAddress(allSchema));
      const first = await program.startWorker();
      await addHosts(program, practice);
      const { id, guest } = await runningVm(program, practice);
      // The guest is hung: it would notice the power button in an hour.
      guest.guest = { ...guest.guest, bootMs: 10_000_000 };
      const { taskId } = await program.callHere<{ taskId: string }>('fleet.vmShutdown', {
        vmId: id,
        graceSeconds: 3600,
      });
      // Whoever looks first takes it: the other comes only when the first is at it.
      await vi.waitFor(async () => {
        const { steps } = await program.callHere<Task>('tasks.taskGet', { taskId });
        expect(steps[0]!.attempts).toBeGreaterThan(0);
      }, soon);
      const second = await engineIn(program);
      const holderOf = async (): Promise<string> => {
        const row = await second.store
          .tables<{ task: { id: string; holder: string | null } }>()
          .selectFrom('task')
          .select('holder')
          .where('id', '=', taskId)
          .executeTakeFirst();
        return row?.holder ?? '';
      };
      expect(await holderOf()).toContain(`:${first.process.pid}:`);
      const task = async () => await value<Task>(second, 'tasks.taskGet', { taskId });
      const triesBefore = (await task()).steps[0]!.attempts;
      const before = await second.store.leases.list();
      for (const name of [COLLECT_DUTY, BILLING_DAY_DUTY])
        expect(duty(before, name).holder).toContain(`:${first.process.pid}:`);

      await first.kill();
      guest.guest = { ...guest.guest, bootMs: 50 };

      await vi.waitFor(async () => expect((await task()).state).toBe('succeeded'), soon);
      expect(await task()).toMatchObject({
        result: { forced: false },
        steps: [
          { name: 'ask', state: 'done', attempts: triesBefore + 1 },
          { name: 'force', state: 'done', attempts: 1 },
        ],
      });
      expect(await holderOf()).toContain(`:${process.pid}:`);
      expect(guest.live).toBeNull();

      await vi.waitFor(async () => {
        const after = await second.store.leases.list();
        for (const name of [COLLECT_DUTY, BILLING_DAY_DUTY]) {
          expect(duty(after, name).holder).toContain(`:${process.pid}:`);
          expect(duty(after, name).token).toBeGreaterThan(duty(before, name).token);
        }
      }, soon);
      await expectCollected(second, practice);
      expect(await value(second, 'tasks.taskList', {})).toMatchObject({ rows: [{ id: taskId }] });
    },
  );

  test('both stop cleanly: no duty is left held', PATIENCE, async () => {
    const program = programOn(await newAddress(allSchema));
    const first = await program.startWorker();
    const second = await engineIn(program);
    await first.stop();
    expect(first.process.exitCode).toBe(0);
    await vi.waitFor(
      async () =>
        expect(duty(await second.store.leases.list(), COLLECT_DUTY).holder).toContain(`:${process.pid}:`),
      soon,
    );
    await second.stop();
    const looking = await engineIn(program, { INNKEEPER_DUTIES: 'false' });
    const leases = await looking.store.leases.list();
    expect(leases.map(({ name }) => name)).toEqual(expect.arrayContaining([BILLING_DAY_DUTY, COLLECT_DUTY]));
    expect(leases.filter(({ holder }) => holder !== undefined)).toEqual([]);
  });
});

async function addHosts(program: ProgramForTest, practice: PracticeFleet): Promise<void> {
  const { hosts, privateKey } = practice.describe();
  for (const { name, address, port, fingerprint } of hosts) {
    await program.callHere('fleet.hostAdd', {
      name,
      address,
      port,
      auth: { kind: 'key', privateKey },
      acceptedFingerprint: fingerprint,
    });
  }
}

interface Task {
  readonly state: string;
  readonly steps: readonly { readonly attempts: number }[];
}

interface ListedVm {
  readonly id: string;
  readonly name: string;
}

/** One that runs, as the worker that collects has found it, with the guest behind it. */
async function runningVm(
  program: ProgramForTest,
  practice: PracticeFleet,
): Promise<{ id: string; guest: SimulatedVm }> {
  const row = await vi.waitFor(async () => {
    const { total, rows } = await program.callHere<{ total: number; rows: ListedVm[] }>('fleet.vmList', {
      query: 'state:running',
    });
    expect(total).toBeGreaterThan(0);
    return rows[0]!;
  }, soon);
  const guest = practice.hosts
    .flatMap((host) => [...host.machine.vms.values()])
    .find((vm) => vm.name === row.name);
  if (!guest) throw new Error(`no practice host has ${row.name}`);
  return { id: row.id, guest };
}

/** What happens on each host now is seen by the engine that is left. */
async function expectCollected(engine: Engine, practice: PracticeFleet): Promise<void> {
  for (const host of practice.hosts) {
    const vm = [...host.machine.vms.values()].find((one) => one.isRunning)!;
    host.power.suspend(vm);
    await vi.waitFor(async () => {
      const { rows } = await value<{ rows: (ListedVm & { state: string })[] }>(engine, 'fleet.vmList', {
        query: `name:${vm.name}`,
      });
      expect(rows).toMatchObject([{ name: vm.name, state: 'paused' }]);
    }, soon);
  }
}
