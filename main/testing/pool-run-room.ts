import { allSchema } from '../app/all-schema.ts';
import { closeDaysOver } from '../domains/billing/billing-day-duty.ts';
import { postRun } from '../domains/runs/run-post.ts';
import { previewRun } from '../domains/runs/run-preview.ts';
import { runsHandlers } from '../domains/runs/runs-handlers.ts';
import { runsTasks } from '../domains/runs/runs-public.ts';
import { taskRows } from '../domains/tasks/tasks-public.ts';
import type { SchemaStep } from '../platform/store/schema-step.ts';
import type { Store } from '../platform/store/store.ts';
import { createTaskEngine } from '../platform/tasks/task-engine.ts';
import { billingRoom, testCompany, type BillingRoom } from './billing-room.ts';
import { meters } from './billing-meters.ts';
import type { Components } from './period-room.ts';
import { join, sellPool, vcpuPool, vms } from './pool-room.ts';
import { silentTasksLog } from './tasks-for-test.ts';

/** All that an engine has, and the meters that billing rooms read in place of hosts. */
export const poolRunSchema: readonly SchemaStep[] = [...allSchema, meters];

/** The day after the month that is billed. */
export const POOLS_NOW = '2024-10-01T08:00:00Z';
const MONTH = { from: '2024-09-01', toExclusive: '2024-10-01' } as const;
const idle = { signal: new AbortController().signal, progress: () => undefined };

/** Of each kind of pool, what a customer has: 12 vCPUs in two VMs, of which the second comes and, of some, goes. */
const KINDS: readonly {
  readonly component: Components[number];
  readonly vcpus: number;
  readonly quantity: string;
}[] = [
  // 5 are bought each day, and 6 used on those of both VMs.
  {
    component: { ...vcpuPool, every: 'day', bought: '5', overage: { tiers: 'flat', price: '0.37' } },
    vcpus: 3,
    quantity: '1',
  },
  { component: vcpuPool, vcpus: 6, quantity: '1' },
  { component: { ...vcpuPool, timing: 'in-advance', bought: '4' }, vcpus: 6, quantity: '2' },
  {
    component: {
      ...vcpuPool,
      overage: {
        tiers: 'graduated',
        bands: [
          { upTo: '20', price: '0.5' },
          { upTo: null, price: '0.35' },
        ],
      },
    },
    vcpus: 6.5,
    quantity: '1',
  },
];

export interface PoolSold {
  readonly customerId: string;
  readonly subscriptionId: string;
  readonly kind: number;
}

/** So many customers with a pool each, and hours of a month of all that is in them. */
export async function sellPools(room: BillingRoom, customers: number): Promise<readonly PoolSold[]> {
  await room.call('billing.companySave', testCompany);
  const sold: PoolSold[] = [];
  for (let at = 0; at < customers; at++) {
    const kind = at % KINDS.length;
    const { component, vcpus, quantity } = KINDS[kind] as (typeof KINDS)[number];
    const [one, two] = [`vm-${at}-a`, `vm-${at}-b`];
    room.setNow('2024-09-01T00:00:00+02:00');
    await vms(room, one, two);
    for (const vm of [one, two]) await room.meter(vm, { ...MONTH, vcpus, memoryMib: 1024 });
    const more = { name: `Pool ${at}`, startsOn: MONTH.from, quantity };
    const pool = await sellPool(room, [component], more);
    await join(room, pool, '2024-09-01T00:00:00+02:00', one);
    const [second = ''] = await join(room, pool, '2024-09-03T00:00:00+02:00', two);
    if (at % 3 === 1) {
      room.setNow('2024-09-20T12:20:00+02:00');
      await room.call('billing.poolMemberRemove', { memberId: second });
    }
    sold.push({ ...pool, kind });
  }
  room.setNow(POOLS_NOW);
  return sold;
}

/** A room with billing runs, whose tasks the test works on. */
export async function poolRunRoom(
  store: Store,
  address: string,
): Promise<BillingRoom & { close(): Promise<void> }> {
  const tasks = await createTaskEngine({
    address,
    store,
    ...taskRows({ store }),
    holder: 'test',
    log: silentTasksLog,
  });
  const room = billingRoom(store, {
    more: (billing) => {
      tasks.add(runsTasks({ store, billing }));
      return { runs: runsHandlers({ store, billing, tasks }) };
    },
  });
  room.setNow(POOLS_NOW);
  return {
    ...room,
    close: async () => {
      await tasks.stop({ graceMs: 0 });
      await store.close();
    },
  };
}

/** Closes all days that are over. */
export async function closePoolDays(room: BillingRoom, began: () => void): Promise<void> {
  const grant = { signal: new AbortController().signal, guard: async () => began() };
  const refused = await closeDaysOver({ store: room.store, billing: room.parts }, grant);
  if (refused !== undefined) throw new Error(refused.code);
}

/** Previews a run of the month and approves all of it; nothing is posted yet. */
export async function approvePoolRun(room: BillingRoom): Promise<{ runId: string; round: number }> {
  const period = { periodStart: MONTH.from, periodEndExclusive: MONTH.toExclusive };
  const { runId } = await room.call('runs.runCreate', period);
  await previewRun({ store: room.store, billing: room.parts }, { runId, round: 1, ...idle });
  const { digest, counts } = await room.call('runs.runGet', { runId });
  await room.call('runs.runApprove', { runId, digest, confirmCount: counts.ready, issuedOn: '2024-10-01' });
  return { runId, round: 2 };
}

/** Posts what is left of it, each invoice in a transaction of its own. */
export async function postPoolRun(
  room: BillingRoom,
  run: { readonly runId: string; readonly round: number },
  posted: () => void,
): Promise<void> {
  await postRun({ store: room.store, billing: room.parts }, { ...run, batch: 1, ...idle, progress: posted });
}
