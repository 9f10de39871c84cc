import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { addMonths, firstOfMonth, localDate, type LocalDate } from '../../shared/kernel/local-date.ts';
import { allSchema } from '../app/all-schema.ts';
import { openStore } from '../platform/store/store-open.ts';
import type { Store } from '../platform/store/store.ts';
import { billingRoom, testCompany } from './billing-room.ts';
import { openConsole, type ConsoleForTest } from './console-for-test.ts';
import { chargeMonth, type Charged } from './runs-room.ts';

/** The months before this one, as `2026-10`: the last, and the one before it. */
export function lastMonths(): { readonly last: string; readonly before: string } {
  const first = firstOfMonth(localDate(new Date().toISOString().slice(0, 10)));
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

/** The console on a store of its own with charges to invoice; nobody collects, and no day closes by itself. */
export async function openRunsConsole(months: Parameters<typeof fillRunsStore>[1]): Promise<ConsoleForTest> {
  const folder = await mkdtemp(join(tmpdir(), 'innkeeper-runs-'));
  const address = `sqlite:${join(folder, 'store.db')}`;
  const store = await openStore({ address, schema: allSchema, program: { name: 'Innkeeper', version: '0' } });
  try {
    await fillRunsStore(store, months);
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
