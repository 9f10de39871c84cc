import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Locator, Page } from 'playwright-core';
import { seriousInBoth } from '../../../main/testing/axe-findings.ts';
import { billingRoom } from '../../../main/testing/billing-room.ts';
import { bulkVmId, insertBulkFleet } from '../../../main/testing/bulk-fleet.ts';
import { field, press } from '../../../main/testing/console-steps.ts';
import type { ConsoleForTest } from '../../../main/testing/console-for-test.ts';
import { makePlan } from '../../../main/testing/period-room.ts';
import { lastMonths, openRunsConsole } from '../../../main/testing/runs-console.ts';
import type { BillingTables } from '../../../main/domains/billing/billing-tables.ts';
import type { Store } from '../../../main/platform/store/store.ts';
import { localDate } from '../../../shared/kernel/local-date.ts';

/** A pool of ten vCPUs that two VMs shared last month, on one of whose days they had twelve; the same with nobody in it. */
let console_: ConsoleForTest;
let page: Page;
let pool: { subscriptionId: string; customerId: string };
let empty: string;
const { last } = lastMonths();
const HOUR_MS = 3_600_000;
const LOOK = process.env['LOOK_AT'];

beforeAll(async () => {
  console_ = await openRunsConsole([], fill);
  ({ page } = console_);
});
afterAll(async () => {
  await console_?.close();
});

async function fill(store: Store): Promise<void> {
  const room = billingRoom(store);
  room.setNow(new Date().toISOString());
  await insertBulkFleet(store, 4);
  const planId = await makePlan(room, 'Virtual data centre', [
    {
      kind: 'pool',
      id: 'vcpus',
      meter: 'vm-vcpus',
      aggregate: 'daily',
      every: 'month',
      timing: 'in-arrears',
      align: 'calendar',
      bought: '10',
      price: '3',
      overage: { tiers: 'flat', price: '0.5' },
    },
  ]);
  const { customerId } = await room.call('customers.customerCreate', {
    name: 'Omega Kft.',
    country: 'PL',
    currency: 'PLN',
  });
  const sold = { customerId, planId, startsOn: `${last}-01` };
  const { subscriptionId } = await room.call('billing.subscriptionStart', sold);
  ({ subscriptionId: empty } = await room.call('billing.subscriptionStart', sold));
  pool = { subscriptionId, customerId };
  const fromMs = Date.parse(`${last}-01T00:00:00Z`);
  const hourMs = Date.parse(`${last}-10T13:00:00Z`);
  await store.transaction<BillingTables, void>(async (trx) => {
    for (const n of [0, 1]) {
      const vm = { subscription_id: subscriptionId, vm_id: bulkVmId(n) };
      const stay = {
        from_ms: fromMs,
        to_ms: null,
        added_at_ms: fromMs,
        removed_at_ms: null,
        undone: 0,
      } as const;
      await trx
        .insertInto('pool_member')
        .values({ id: `pme_${n}`, ...vm, vm_name: `acct-${n}`, ...stay })
        .execute();
    }
    for (const [date, vcpus] of [
      ['09', [4, 4]],
      ['10', [4, 8]],
    ] as const) {
      const day = localDate(`${last}-${date}`);
      const none = { sent_bytes: 0, running_ms: 0, mib_ms: 0, disk_mib_ms: 0 };
      for (const [n, own] of vcpus.entries())
        await trx
          .insertInto('pool_reading')
          .values({
            subscription_id: subscriptionId,
            day,
            vm_id: bulkVmId(n),
            vm_name: `acct-${n}`,
            ...none,
            vcpu_ms: own * HOUR_MS,
            addresses_at_mark: 0,
            vcpu_at_mark_ms: own * HOUR_MS,
            mib_at_mark_ms: 0,
            disk_at_mark_mib_ms: 0,
          })
          .execute();
      await trx
        .insertInto('pool_mark')
        .values({
          subscription_id: subscriptionId,
          day,
          addresses_hour_ms: null,
          vcpu_hour_ms: hourMs,
          mib_hour_ms: null,
          disk_hour_ms: null,
        })
        .execute();
    }
  });
}

const shown = (words: string | RegExp): Locator => page.getByText(words);
const section = (): Locator => page.getByRole('region', { name: 'Pool' });

async function clean(name: string): Promise<void> {
  const look = async (scheme: string): Promise<void> => {
    if (LOOK !== undefined) await page.screenshot({ path: `${LOOK}/${name}-${scheme}.png` });
  };
  expect(await seriousInBoth(page, look)).toEqual([]);
}

async function go(path: string, until: Locator): Promise<void> {
  await page.goto(console_.origin + path);
  await until.first().waitFor();
}

test('a pool shows what was bought, used at the highest and beyond, and by whom', async () => {
  await go(`/subscriptions/${pool.subscriptionId}`, section());
  await section().getByText('Nothing was used on the days that are closed.').waitFor();
  await section().getByRole('button', { name: 'Last month' }).press('Enter');
  await section().getByText('12 at the highest, 10 bought').waitFor();
  await section().getByText('Beyond on 1 day, 2 in all: each is overage.').waitFor();
  await section().getByText('The 2 VMs that used it').press('Enter');
  await section().getByRole('cell', { name: '8', exact: true }).waitFor();
  await section().getByText('2 VMs share it').waitFor();
  await clean('pool');
});

test('a VM is added by its name, and what that means is seen before', async () => {
  await section().getByRole('button', { name: 'Add a VM…' }).press('Enter');
  const dialog = page.getByRole('dialog');
  await dialog.getByText('What it means stands here once the VM is chosen.').waitFor();
  await field(dialog, 'VM').click();
  await page.keyboard.type('acct-1');
  await page.getByRole('option', { name: 'acct-1', exact: true }).click();
  await dialog.getByText('is in the pool of Virtual data centre of Omega Kft. already').waitFor();
  await clean('pool-add-refused');
  await field(dialog, 'VM').click();
  await page.keyboard.press('Control+a');
  await page.keyboard.type('acct-2');
  await page.getByRole('option', { name: 'acct-2', exact: true }).click();
  await dialog.getByText('acct-2, which is nobody’s now, becomes Omega Kft.’s VM.').waitFor();
  await clean('pool-add');
  await dialog.getByRole('button', { name: 'Add the VM' }).press('Enter');
  await dialog.waitFor({ state: 'detached' });
  await section().getByText('3 VMs share it').waitFor();
});

test('its customer shows how many share it, the VM whose pool it is in', async () => {
  await go(`/customers/${pool.customerId}`, shown('pool of 3 VMs'));
  await go(`/vms/${bulkVmId(2)}`, shown('In the pool of'));
  await shown('by what it uses, in the pool').waitFor();
  await clean('pool-vm');
});

test('one that was added by mistake is taken back; another is removed from now on', async () => {
  await go(`/subscriptions/${pool.subscriptionId}`, section());
  const remove = (vm: string): Locator =>
    section().getByRole('button', { name: `Remove ${vm} from the pool` });
  await remove('acct-2').press('Enter');
  await page.getByLabel('It was added by mistake: none of its hours count').check();
  await clean('pool-undo');
  await press(page.getByRole('dialog'), 'Take the VM back');
  await section().getByText('taken back').waitFor();
  await remove('acct-1').press('Enter');
  await page.getByText('its hours from this one on do not').waitFor();
  await press(page.getByRole('dialog'), 'Remove the VM');
  await section().getByText('1 VM is in it').waitFor();
});

test('a pool that nobody is in says what it is for', async () => {
  await go(`/subscriptions/${empty}`, shown('No VM is in it yet'));
  await clean('pool-empty');
});

test('nothing was written to the console of the page as an error', () => {
  expect(console_.pageErrors).toEqual([]);
});
