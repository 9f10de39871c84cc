import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { addMonths, dayAt, firstOfMonth, localDate, type LocalDate } from '../../shared/kernel/local-date.ts';
import { allSchema } from '../app/all-schema.ts';
import { newRun } from '../domains/runs/run-create.ts';
import type { RunsTables } from '../domains/runs/runs-tables.ts';
import { openStore } from '../platform/store/store-open.ts';
import type { Store } from '../platform/store/store.ts';
import { billingRoom, testCompany } from './billing-room.ts';
import { openConsole, type ConsoleForTest } from './console-for-test.ts';
import { chargeMonth, type Charged } from './runs-room.ts';

/** The months before this one in the company's billing zone, as `2026-10`: the last, and the one before it. */
export function lastMonths(): { readonly last: string; readonly before: string } {
  const first = firstOfMonth(dayAt(Date.now(), testCompany.timeZone));
  return { last: addMonths(first, -1).slice(0, 7), before: addMonths(first, -2).slice(0, 7) };
}

/** A month as the period of a run. */
export function monthPeriod(month: string): { periodStart: LocalDate; periodEndExclusive: LocalDate } {
  const periodStart = localDate(`${month}-01`);
  return { periodStart, periodEndExclusive: addMonths(periodStart, 1) };
}

/** The company that sells, and what customers are charged in these months. */
export async function fillRunsStore(
  store: Store,
  months: readonly (readonly [month: string, charged: readonly Charged[]])[],
): Promise<void> {
  await billingRoom(store).call('billing.companySave', testCompany);
  for (const [month, charged] of months) await chargeMonth(store, month, charged);
}

/** Another company, and a run of it that stands still before it posted anything. */
export async function fillStoppedRun(store: Store, month: string): Promise<void> {
  const { companyId } = await billingRoom(store).call('companies.companyAdd', {
    ...testCompany,
    name: 'Second Hosting s.r.o.',
    country: 'CZ',
    vatId: 'CZ25123891',
    timeZone: 'Europe/Prague',
  });
  const { periodStart, periodEndExclusive } = monthPeriod(month);
  const run = {
    ...newRun(),
    id: 'run_stopped',
    company_id: companyId,
    period_start: periodStart,
    period_end_exclusive: periodEndExclusive,
    currency: 'EUR',
    query: '',
    change_percent: 20,
    limit_minor: null,
    two_people: 0,
    prepared_by: 'anna',
    prepared_at_ms: Date.parse(`${month}-03T08:00:00Z`),
    state: 'stopped',
    state_reason: 'Its task was cancelled or has failed.',
    approved_by: 'jan',
    approved_at_ms: Date.parse(`${month}-03T09:00:00Z`),
    issued_on: addMonths(periodStart, 1),
  } as const;
  await store.tables<RunsTables>().insertInto('billing_run').values(run).execute();
}

/** The console on a store of its own with charges to invoice; nobody collects, and no day closes by itself. */
export async function openRunsConsole(
  months: Parameters<typeof fillRunsStore>[1],
  /** More that is written before the console opens. */
  alsoFill?: (store: Store) => Promise<void>,
): Promise<ConsoleForTest> {
  const folder = await mkdtemp(join(tmpdir(), 'innkeeper-runs-'));
  const address = `sqlite:${join(folder, 'store.db')}`;
  const store = await openStore({ address, schema: allSchema, program: { name: 'Innkeeper', version: '0' } });
  try {
    await fillRunsStore(store, months);
    await alsoFill?.(store);
  } finally {
    await store.close();
  }
  const opened = await openConsole([], {
    environment: { INNKEEPER_STORE: address, INNKEEPER_DUTIES: 'false' },
  });
  return {
    ...opened,
    close: async () => {
      await opened.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
