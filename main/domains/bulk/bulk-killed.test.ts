import { afterEach, expect, test, vi } from 'vitest';
import type { BulkItem, BulkPreview, BulkRow } from '../../../shared/domains/bulk/bulk-contract.ts';
import { startPracticeFleet, type PracticeFleet } from '../../testing/practice/practice-fleet.ts';
import type { SimulatedVm } from '../../testing/practice/simulated-vm.ts';
import { programForTest, type ProgramForTest, type WorkerForTest } from '../../testing/program-for-test.ts';
import { describeOnBothStores } from '../../testing/store-for-test.ts';
import { allSchema } from '../../app/all-schema.ts';

const VMS = 8;
const PATIENCE = { timeout: 240_000 };
const soon = { timeout: 90_000, interval: 50 };

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

describeOnBothStores('an engine killed in the middle of a bulk action', ({ newAddress }) => {
  let practice: PracticeFleet;
  let program: ProgramForTest;

  const vms = (): SimulatedVm[] => practice.hosts.flatMap(({ machine }) => [...machine.vms.values()]);
  const slow = async (delayMs: number): Promise<void> => {
    for (const host of practice.hosts) await host.fault({ kind: 'slow', delayMs });
  };
  const start = async (what: object): Promise<string> => {
    const { will, digest } = await program.callHere<BulkPreview>('bulk.bulkPreview', { what, select: {} });
    expect(will).toBe(VMS);
    const { bulkId } = await program.callHere<{ bulkId: string }>('bulk.bulkStart', {
      what,
      select: {},
      expected: { count: will, digest },
      confirmCount: will,
      pace: { atOnce: 2, stopAfterFailures: null },
    });
    return bulkId;
  };
  const ended = async (bulkId: string): Promise<BulkRow> => {
    let bulk: BulkRow | undefined;
    await vi.waitFor(
      async () => {
        bulk = await program.callHere<BulkRow>('bulk.bulkGet', { bulkId });
        expect(bulk.endedAt).not.toBeNull();
      },
      { ...soon, interval: 500 },
    );
    return bulk!;
  };
  /** Times the reset button of each VM was pressed, from now on. */
  const countResets = (): Map<string, number> => {
    const counted = new Map<string, number>();
    for (const { machine } of practice.hosts) {
      const { events } = machine;
      const tell = events.reboot.bind(events);
      vi.spyOn(events, 'reboot').mockImplementation((vm) => {
        counted.set(vm.uuid, (counted.get(vm.uuid) ?? 0) + 1);
        tell(vm);
      });
    }
    return counted;
  };

  async function begin(): Promise<WorkerForTest> {
    practice = await startPracticeFleet({ hosts: 2, vms: VMS, bootMs: 50 });
    closing.push(practice.stop);
    program = programForTest({ store: await newAddress(allSchema) });
    closing.push(program.close);
    const worker = await program.startWorker();
    const { hosts, privateKey } = practice.describe();
    for (const { name, address, port, fingerprint } of hosts)
      await program.callHere('fleet.hostAdd', {
        name,
        address,
        port,
        auth: { kind: 'key', privateKey },
        acceptedFingerprint: fingerprint,
      });
    for (const host of practice.hosts) {
      for (const vm of host.machine.vms.values()) {
        if (vm.live === null) await host.power.start(vm, 0);
        else if (!vm.isRunning) host.power.resume(vm);
      }
    }
    await vi.waitFor(
      async () =>
        expect(await program.callHere('fleet.vmList', { query: 'state:running' })).toMatchObject({
          total: VMS,
        }),
      { ...soon, interval: 500 },
    );
    return worker;
  }

  test(
    'another goes on: all is done, and nothing twice; what cannot be known is said',
    PATIENCE,
    async () => {
      const first = await begin();
      const resets = countResets();
      await slow(250);
      const reset = await start({ action: 'reset' });
      await vi.waitFor(() => expect(resets.size).toBeGreaterThan(0), soon);
      await first.kill();
      await slow(0);
      const second = await program.startWorker();
      const { counts } = await ended(reset);
      // At most the two that were under way: whether their button was pressed no state of a VM tells.
      expect(counts.done + counts.failed).toBe(VMS);
      expect(counts.failed).toBeLessThanOrEqual(2);
      const unknown = await program.callHere<{ rows: BulkItem[] }>('bulk.bulkItems', {
        bulkId: reset,
        query: 'state:failed',
      });
      expect(unknown.rows.every(({ code }) => code === 'outcome-unknown')).toBe(true);
      expect([...resets.values()].every((times) => times === 1)).toBe(true);
      expect(resets.size).toBeGreaterThanOrEqual(counts.done);

      await slow(250);
      const off = await start({ action: 'forceOff' });
      const areOff = (): number => vms().filter((vm) => vm.live === null).length;
      await vi.waitFor(() => expect(areOff()).toBeGreaterThan(0), { ...soon, interval: 5 });
      // What it asks for from now on is not answered, so it cannot be through when the end comes, however late.
      await slow(600_000);
      await second.kill();
      expect(areOff()).toBeLessThan(VMS);
      await slow(0);
      await program.startWorker();
      expect(await ended(off)).toMatchObject({
        state: 'done',
        counts: { failed: 0, refused: 0, waiting: 0 },
      });
      expect(areOff()).toBe(VMS);
    },
  );
});
