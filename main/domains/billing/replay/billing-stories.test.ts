import { afterAll, describe, expect, it } from 'vitest';
import { localDate } from '../../../../shared/kernel/local-date.ts';
import {
  billingRoom,
  closeDays,
  closePressForTest,
  testCompany,
  type BillingRoom,
} from '../../../testing/billing-room.ts';
import { billingSchema } from '../../../testing/billing-schema.ts';
import { describeOnBothStores } from '../../../testing/store-for-test.ts';
import { billingExceptions, moneyOverview } from '../billing-public.ts';
import type { BillingTables } from '../billing-tables.ts';
import { owedByMonth } from '../ledger/owed-by-month.ts';

afterAll(closePressForTest);

/** What happens, in the order of the table. Dates are days of Warsaw. */
type Event =
  | { readonly sell: string; readonly on: string; readonly to?: string; readonly plan?: string }
  | { readonly end: string; readonly on: string }
  | {
      readonly powered: string;
      readonly from: string;
      readonly before: string;
      readonly vcpus?: number;
      readonly mib?: number;
    }
  | { readonly price: string; readonly perMonth: string; readonly on: string }
  | { readonly today: string }
  | { readonly close: string; readonly before: string }
  | {
      readonly invoice: string;
      readonly from: string;
      readonly before: string;
      readonly says: readonly string[];
    };

interface Story {
  readonly tells: string;
  /** Per month, per vCPU-hour, per GiB-hour. */
  readonly price?: readonly [string, string, string];
  readonly events: readonly Event[];
}

const ONLY_MONTHLY = ['31.00', '0', '0'] as const;

const stories: readonly Story[] = [
  {
    tells: 'a full February and a full leap February cost the same',
    price: ONLY_MONTHLY,
    events: [
      { today: '2028-03-15' },
      { sell: 'vm-1', on: '2028-02-01' },
      { close: '2028-02-01', before: '2028-03-01' },
      { invoice: 'Anna', from: '2028-02-01', before: '2028-03-01', says: ['vm-1 month 1 31.00'] },
    ],
  },
  {
    tells: 'started on the 31st: one day of January, then whole months; the month end does not drift',
    price: ONLY_MONTHLY,
    events: [
      { today: '2026-05-10' },
      { sell: 'vm-1', on: '2026-01-31' },
      { close: '2026-01-31', before: '2026-05-01' },
      { invoice: 'Anna', from: '2026-01-01', before: '2026-02-01', says: ['vm-1 month 1/31 1.00'] },
      { invoice: 'Anna', from: '2026-02-01', before: '2026-03-01', says: ['vm-1 month 1 31.00'] },
      { invoice: 'Anna', from: '2026-03-01', before: '2026-04-01', says: ['vm-1 month 1 31.00'] },
      { invoice: 'Anna', from: '2026-04-01', before: '2026-05-01', says: ['vm-1 month 1 31.00'] },
    ],
  },
  {
    tells: 'the months the clocks change have an hour less and an hour more',
    price: ['0', '1', '0'],
    events: [
      { today: '2026-11-10' },
      { sell: 'vm-1', on: '2026-03-01' },
      { powered: 'vm-1', from: '2026-03-01', before: '2026-11-01', vcpus: 1 },
      { close: '2026-03-01', before: '2026-11-01' },
      { invoice: 'Anna', from: '2026-03-01', before: '2026-04-01', says: ['vm-1 vcpu-hours 743 743.00'] },
      { invoice: 'Anna', from: '2026-07-01', before: '2026-08-01', says: ['vm-1 vcpu-hours 744 744.00'] },
      { invoice: 'Anna', from: '2026-10-01', before: '2026-11-01', says: ['vm-1 vcpu-hours 745 745.00'] },
    ],
  },
  {
    tells: 'sold and ended on the same day costs nothing',
    events: [
      { sell: 'vm-1', on: '2026-09-10' },
      { end: 'vm-1', on: '2026-09-10' },
      { sell: 'vm-2', on: '2026-09-10' },
      { close: '2026-09-10', before: '2026-09-11' },
      { invoice: 'Anna', from: '2026-09-10', before: '2026-09-11', says: ['vm-2 month 1/30 10.33'] },
    ],
  },
  {
    tells:
      'a VM that changes hands in mid-month is billed to each for their days, and the days make the month',
    price: ONLY_MONTHLY,
    events: [
      { sell: 'vm-1', on: '2026-08-01', to: 'Anna' },
      { end: 'vm-1', on: '2026-08-11' },
      { sell: 'vm-1', on: '2026-08-11', to: 'Boris' },
      { close: '2026-08-01', before: '2026-09-01' },
      { invoice: 'Anna', from: '2026-08-01', before: '2026-09-01', says: ['vm-1 month 10/31 10.00'] },
      { invoice: 'Boris', from: '2026-08-01', before: '2026-09-01', says: ['vm-1 month 21/31 21.00'] },
    ],
  },
  {
    tells: 'what was sold keeps its price, what is sold later has the new one',
    price: ONLY_MONTHLY,
    events: [
      { today: '2026-08-01' },
      { sell: 'vm-1', on: '2026-08-01' },
      { price: 'Plan', perMonth: '62.00', on: '2026-08-02' },
      { sell: 'vm-2', on: '2026-08-02' },
      { today: '2026-10-01' },
      { close: '2026-08-01', before: '2026-10-01' },
      {
        invoice: 'Anna',
        from: '2026-09-01',
        before: '2026-10-01',
        says: ['vm-1 month 1 31.00', 'vm-2 month 1 62.00'],
      },
      {
        invoice: 'Anna',
        from: '2026-08-01',
        before: '2026-09-01',
        says: ['vm-1 month 1 31.00', 'vm-2 month 30/31 60.00'],
      },
    ],
  },
  {
    tells: 'switched off, a VM costs its month and nothing by the hour',
    events: [
      { sell: 'vm-1', on: '2026-09-01' },
      { powered: 'vm-1', from: '2026-09-03', before: '2026-09-05', vcpus: 4, mib: 2048 },
      { close: '2026-09-01', before: '2026-10-01' },
      {
        invoice: 'Anna',
        from: '2026-09-01',
        before: '2026-10-01',
        says: ['vm-1 month 1 310.00', 'vm-1 vcpu-hours 192 2.40', 'vm-1 gib-hours 96 0.38'],
      },
    ],
  },
  {
    tells: 'fractions of a cent a day make a whole cent in the end, and none is lost between two invoices',
    price: ['0.10', '0', '0'],
    events: [
      { sell: 'vm-1', on: '2026-09-01' },
      { close: '2026-09-01', before: '2026-10-01' },
      { invoice: 'Anna', from: '2026-09-01', before: '2026-09-06', says: ['vm-1 month 5/30 0.02'] },
      { invoice: 'Anna', from: '2026-09-06', before: '2026-09-21', says: ['vm-1 month 15/30 0.05'] },
      { invoice: 'Anna', from: '2026-09-21', before: '2026-10-01', says: ['vm-1 month 10/30 0.03'] },
    ],
  },
  {
    tells: 'invoices over the turn of the year have a line per month',
    price: ONLY_MONTHLY,
    events: [
      { today: '2027-02-10' },
      { sell: 'vm-1', on: '2026-12-17' },
      { close: '2026-12-17', before: '2027-02-01' },
      {
        invoice: 'Anna',
        from: '2026-12-01',
        before: '2027-02-01',
        says: ['vm-1 month 15/31 15.00', 'vm-1 month 1 31.00'],
      },
    ],
  },
  {
    tells: 'what was left out of a period is on the next invoice that covers it',
    price: ONLY_MONTHLY,
    events: [
      { sell: 'vm-1', on: '2026-08-01' },
      { close: '2026-08-01', before: '2026-10-01' },
      { invoice: 'Anna', from: '2026-08-11', before: '2026-08-21', says: ['vm-1 month 10/31 10.00'] },
      {
        invoice: 'Anna',
        from: '2026-08-01',
        before: '2026-10-01',
        says: ['vm-1 month 21/31 21.00', 'vm-1 month 1 31.00'],
      },
    ],
  },
];

/** Plays events on a room: names of customers, VMs and the one plan instead of ids. */
class Player {
  private readonly customers = new Map<string, string>();
  private readonly running = new Map<string, string>();
  private readonly vms = new Set<string>();
  private readonly room: BillingRoom;
  private readonly planId: string;

  constructor(room: BillingRoom, planId: string) {
    this.room = room;
    this.planId = planId;
  }

  async play(event: Event): Promise<void> {
    if ('sell' in event) return await this.sell(event.sell, event.on, event.to ?? 'Anna');
    if ('end' in event) {
      const subscriptionId = this.running.get(event.end) ?? '';
      await this.room.call('billing.subscriptionEnd', { subscriptionId, endsOn: event.on });
    } else if ('powered' in event) {
      const { powered, from, before, vcpus = 1, mib = 1024 } = event;
      await this.room.meter(powered, { from, toExclusive: before, vcpus, memoryMib: mib });
    } else if ('price' in event) {
      const price = { currency: 'PLN', perMonth: event.perMonth, perVcpuHour: '0', perGibHour: '0' } as const;
      await this.room.call('catalog.planPriceSet', { planId: this.planId, price, validFrom: event.on });
    } else if ('today' in event) this.room.setNow(`${event.today}T12:00:00Z`);
    else if ('close' in event) await closeDays(this.room, event.close, event.before);
    else await this.invoice(event);
  }

  private async sell(vm: string, on: string, customer: string): Promise<void> {
    if (!this.vms.has(vm)) await this.room.addVm(vm);
    this.vms.add(vm);
    const start = { customerId: await this.customer(customer), planId: this.planId, vmId: vm, startsOn: on };
    const { subscriptionId } = await this.room.call('billing.subscriptionStart', start);
    this.running.set(vm, subscriptionId);
  }

  private async customer(name: string): Promise<string> {
    const known = this.customers.get(name);
    if (known !== undefined) return known;
    const made = await this.room.call('customers.customerCreate', { name, country: 'PL', currency: 'PLN' });
    this.customers.set(name, made.customerId);
    return made.customerId;
  }

  /** Issues it, and holds its lines against what the story says: VM, component, quantity, net. */
  private async invoice(event: Extract<Event, { invoice: string }>): Promise<void> {
    const scope = {
      customerId: await this.customer(event.invoice),
      periodStart: event.from,
      periodEndExclusive: event.before,
    };
    const { invoiceId } = await this.room.call('billing.invoiceCreate', scope);
    const row = await this.room.store
      .tables<BillingTables>()
      .selectFrom('invoice')
      .select(['document', 'net_minor'])
      .where('id', '=', invoiceId)
      .executeTakeFirstOrThrow();
    const components = (JSON.parse(row.document) as { lines: { vm: string; component: string }[] }).lines;
    const { lines, net } = await this.room.call('billing.invoiceGet', { invoiceId });
    const said = lines.map((line, at) => {
      const cents = line.net.amountMinor.padStart(3, '0');
      const amount = `${cents.slice(0, -2)}.${cents.slice(-2)}`;
      return [components[at]?.vm, components[at]?.component, line.quantity, amount].join(' ');
    });
    expect(said).toEqual(event.says);
    expect(net.amountMinor).toBe(String(row.net_minor));
  }
}

describeOnBothStores('the story', (stores) => {
  it.each(stories)('$tells', async ({ price = ['310.00', '0.0125', '0.004'], events }) => {
    const room = billingRoom(await stores.openStoreForTest(billingSchema));
    await room.call('billing.companySave', testCompany);
    const [perMonth, perVcpuHour, perGibHour] = price;
    const { planId } = await room.call('catalog.planCreate', {
      name: 'Plan',
      prices: [{ currency: 'PLN', perMonth, perVcpuHour, perGibHour }],
      validFrom: '2020-01-01',
    });
    const player = new Player(room, planId);
    for (const event of events) await player.play(event);
    expect(await room.call('billing.ledgerVerify', {})).toMatchObject({ ok: true, problems: [] });
  });
});

describeOnBothStores('what a customer owes', (stores) => {
  /** An invoice of 12.30, and money that arrives for it as it will: from cash to receivables, for the document. */
  const owed = async (): Promise<{
    room: BillingRoom;
    customerId: string;
    invoiceId: string;
    pay: (amountMinor: number, receivedOn?: string) => Promise<void>;
  }> => {
    const room = billingRoom(await stores.openStoreForTest(billingSchema));
    await room.call('billing.companySave', testCompany);
    const { customerId } = await room.call('customers.customerCreate', {
      name: 'Anna',
      country: 'PL',
      currency: 'PLN',
    });
    const price = { currency: 'PLN', perMonth: '300', perVcpuHour: '0', perGibHour: '0' } as const;
    const { planId } = await room.call('catalog.planCreate', {
      name: 'P',
      prices: [price],
      validFrom: '2020-01-01',
    });
    await room.addVm('vm-1');
    await room.call('billing.subscriptionStart', {
      customerId,
      planId,
      vmId: 'vm-1',
      startsOn: '2026-09-30',
    });
    await closeDays(room, '2026-09-30', '2026-10-01');
    const scope = { customerId, periodStart: '2026-09-01', periodEndExclusive: '2026-10-01' };
    const { invoiceId } = await room.call('billing.invoiceCreate', scope);
    let payments = 0;
    const pay = async (amountMinor: number, receivedOn = '2026-10-02'): Promise<void> => {
      room.setNow('2027-01-10T08:00:00Z');
      await room.call('payments.paymentRecord', {
        customerId,
        amount: { amountMinor: String(amountMinor), currency: 'PLN' },
        receivedOn,
        reference: `transfer ${(payments += 1)}`,
      });
    };
    return { room, customerId, invoiceId, pay };
  };

  it.each([
    ['nothing is paid', [], '1230', '1230', 'overdue', 1],
    ['a part is paid', [1000], '230', '230', 'overdue', 1],
    ['it is paid in two parts', [1000, 230], '0', '0', 'paid', 0],
    ['too much is paid', [2000], '0', '-770', 'paid', 0],
  ] as const)('when %s', async (_what, payments, open, balance, state, overdue) => {
    const { room, customerId, invoiceId, pay } = await owed();
    for (const amount of payments) await pay(amount);
    room.setNow('2026-11-01T08:00:00Z');
    const invoice = await room.call('billing.invoiceGet', { invoiceId });
    expect([invoice.open.amountMinor, invoice.overdue]).toEqual([open, overdue === 1]);
    expect((await room.call('billing.invoiceList', { query: `state:${state}` })).total).toBe(1);
    expect((await room.call('billing.invoiceList', { query: `-state:${state}` })).total).toBe(0);
    expect((await room.call('customers.customerGet', { customerId })).balance.amountMinor).toBe(balance);
    const db = room.store.tables();
    const [money] = await moneyOverview(db, await room.parts.nowMs(db));
    expect([money?.receivables.amountMinor, money?.overdue.amountMinor]).toEqual([
      open,
      overdue === 1 ? open : '0',
    ]);
    const exceptions = await billingExceptions(db, await room.parts.nowMs(db));
    expect(exceptions.find(({ key }) => key === 'invoices-overdue')?.count).toBe(overdue);
    expect(await room.call('billing.ledgerVerify', {})).toMatchObject({ ok: true, problems: [] });
  });

  it('at each month end is what was unpaid then, and overdue what was late then', async () => {
    const { room, pay } = await owed();
    await pay(1000, '2026-11-20');
    await pay(2000, '2027-01-03');
    const at = async (today: string, months: number): Promise<unknown> =>
      (await owedByMonth(room.store.tables(), { companyId: 'com_1', today: localDate(today), months })).get(
        'PLN',
      );
    const december = { month: '2026-12', receivables: 230, overdue: 230 };
    const january = { month: '2027-01', receivables: 0, overdue: 0 };
    expect(await at('2027-01-10', 5)).toEqual([
      { month: '2026-09', receivables: 0, overdue: 0 },
      { month: '2026-10', receivables: 1230, overdue: 1230 },
      { month: '2026-11', receivables: 230, overdue: 230 },
      december,
      january,
    ]);
    // What was before the first month is carried into it.
    expect(await at('2027-01-10', 2)).toEqual([december, january]);
    // Of the month under way, today: it is due on the 15th and late the day after.
    expect(await at('2026-10-15', 1)).toEqual([{ month: '2026-10', receivables: 1230, overdue: 0 }]);
    expect(await at('2026-10-16', 1)).toEqual([{ month: '2026-10', receivables: 1230, overdue: 1230 }]);
  });

  it('by balance, those who owe most come first', async () => {
    const { room, pay } = await owed();
    await room.call('customers.customerCreate', { name: 'Boris', country: 'PL', currency: 'PLN' });
    const order = async (): Promise<string[]> => {
      const page = await room.call('customers.customerList', { sort: 'balance', direction: 'desc' });
      return page.rows.map(({ name, balance }) => `${name} ${balance.amountMinor}`);
    };
    expect(await order()).toEqual(['Anna 1230', 'Boris 0']);
    await pay(2000);
    expect(await order()).toEqual(['Boris 0', 'Anna -770']);
  });
});

describe('stories', () => {
  it('are told once each', () => {
    const told = stories.map(({ tells }) => tells);
    expect(new Set(told).size).toBe(told.length);
  });
});
