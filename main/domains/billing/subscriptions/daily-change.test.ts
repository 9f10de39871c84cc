import { afterAll, expect, it } from 'vitest';
import type { CallInputOf } from '../../../../shared/contract/operation.ts';
import type { billingContract } from '../../../../shared/domains/billing/billing-contract.ts';
import { addDays, localDate } from '../../../../shared/kernel/local-date.ts';
import { closePressForTest, openBillingRoom, type BillingRoom } from '../../../testing/billing-room.ts';
import { makePlan, monthlyFee } from '../../../testing/period-room.ts';
import { describeOnBothStores } from '../../../testing/store-for-test.ts';

afterAll(closePressForTest);

type Change = CallInputOf<typeof billingContract.subscriptionPreview>['change'];
type PlanName = 'Ten' | 'Twenty' | 'Rising' | 'Hourly' | 'Month';
interface Told {
  readonly plan: PlanName;
  readonly quantity?: string;
  /** Decided on the first day at noon, for the second, which is the same where it is not said. */
  readonly changes: readonly (readonly [decided: string, Change | TakeBack | ToPlan, on?: string])[];
  /** What October comes to, by invoice line. */
  readonly lines: readonly string[];
}
type TakeBack = { readonly do: 'take-back' };
type ToPlan = { readonly do: 'to'; readonly plan: PlanName };

const to = (plan: PlanName): ToPlan => ({ do: 'to', plan });
const takeBack: TakeBack = { do: 'take-back' };

/** A day of Ten is 10.00, of Twenty 20.00, of Rising 10.00 and from the version of the 10th on 20.00; Month is 310.00 in advance. */
const stories: Readonly<Record<string, Told>> = {
  'another quantity from its day on': {
    plan: 'Ten',
    changes: [['2026-10-11', { do: 'change', quantity: '2' }]],
    lines: ['Ten 52/31 at 310: 520.00'],
  },
  'sold in a quantity': { plan: 'Ten', quantity: '3', changes: [], lines: ['Ten 3 at 310: 930.00'] },
  'another plan that is charged day by day, decided before': {
    plan: 'Ten',
    changes: [['2026-10-03', to('Twenty'), '2026-10-21']],
    lines: ['Ten 20/31 at 310: 200.00', 'Twenty 11/31 at 620: 220.00'],
  },
  'there and back again: each price its days': {
    plan: 'Ten',
    changes: [
      ['2026-10-06', to('Twenty')],
      ['2026-10-11', to('Ten')],
    ],
    lines: ['Ten 26/31 at 310: 260.00', 'Twenty 5/31 at 620: 100.00'],
  },
  'a later version of its own plan': {
    plan: 'Rising',
    changes: [['2026-10-12', to('Rising')]],
    lines: ['Rising 11/31 at 310: 110.00', 'Rising 20/31 at 620: 400.00'],
  },
  'a pause: its days are not charged': {
    plan: 'Ten',
    changes: [
      ['2026-10-11', { do: 'pause' }],
      ['2026-10-16', { do: 'resume' }],
    ],
    lines: ['Ten 26/31 at 310: 260.00'],
  },
  'another plan while it is paused': {
    plan: 'Ten',
    changes: [
      ['2026-10-11', { do: 'pause' }],
      ['2026-10-13', to('Twenty')],
      ['2026-10-14', { do: 'resume' }, '2026-10-30'],
    ],
    lines: ['Ten 10/31 at 310: 100.00', 'Twenty 2/31 at 620: 40.00'],
  },
  'a pause that is taken back': {
    plan: 'Ten',
    changes: [
      ['2026-10-11', { do: 'pause' }, '2026-10-20'],
      ['2026-10-12', takeBack],
    ],
    lines: ['Ten 1 at 310: 310.00'],
  },
  'its end now: that day is free': {
    plan: 'Ten',
    changes: [['2026-10-15', { do: 'cancel' }]],
    lines: ['Ten 14/31 at 310: 140.00'],
  },
  'an end that is taken back': {
    plan: 'Ten',
    changes: [
      ['2026-10-15', { do: 'cancel' }, '2026-10-25'],
      ['2026-10-20', takeBack],
    ],
    lines: ['Ten 1 at 310: 310.00'],
  },
  'a plan by the period: days until then, its period from then on': {
    plan: 'Ten',
    changes: [['2026-10-11', to('Month')]],
    lines: ['Ten 10/31 at 310: 100.00', 'Month 21/31 at 310: 210.00'],
  },
  'a plan by the period, taken back before its day': {
    plan: 'Ten',
    changes: [
      ['2026-10-11', to('Month'), '2026-10-20'],
      ['2026-10-19', takeBack],
    ],
    lines: ['Ten 1 at 310: 310.00'],
  },
  'from a plan by the period: what was paid is credited, and days are charged': {
    plan: 'Month',
    changes: [['2026-10-11', to('Ten')]],
    lines: ['Ten 21/31 at 310: 210.00', 'Month 1 at 310: 310.00', 'Month -1 at 210.00: -210.00'],
  },
  'from a plan by the period to the day and back': {
    plan: 'Month',
    changes: [
      ['2026-10-11', to('Ten'), '2026-10-13'],
      ['2026-10-12', to('Month'), '2026-10-30'],
    ],
    lines: [
      'Ten 17/31 at 310: 170.00',
      'Month 1 at 310: 310.00',
      'Month -1 at 190.00: -190.00',
      'Month 2/31 at 310: 20.00',
    ],
  },
};

interface Story {
  readonly subscriptionId: string;
  readonly customerId: string;
}

describeOnBothStores('a subscription that is charged day by day', (stores) => {
  let room: BillingRoom;
  const plans = new Map<PlanName, string>();
  const told = new Map<string, Story>();

  const daily = async (name: PlanName, perMonth: string, perVcpuHour = '0'): Promise<string> => {
    const price = { currency: 'PLN', perMonth, perVcpuHour, perGibHour: '0' } as const;
    const made = { name, prices: [price], validFrom: '2020-01-01' };
    return (await room.call('catalog.planCreate', made)).planId;
  };
  const sold = async (name: string, plan: PlanName, more: object = {}): Promise<Story> => {
    const customer = { name, country: 'PL', currency: 'PLN' } as const;
    const { customerId } = await room.call('customers.customerCreate', customer);
    const sale = { customerId, planId: plans.get(plan) ?? '', startsOn: localDate('2026-10-01'), ...more };
    return { customerId, ...(await room.call('billing.subscriptionStart', sale)) };
  };
  const asked = (change: Change | ToPlan): Change =>
    change.do === 'to' ? { do: 'change', planId: plans.get(change.plan) ?? '' } : change;
  const decide = async (
    { subscriptionId }: Story,
    change: Change | ToPlan | TakeBack,
    on: string,
  ): Promise<void> => {
    if (change.do === 'take-back') {
      const { rows } = await room.call('billing.subscriptionHistory', { subscriptionId });
      await room.call('billing.subscriptionTakeBack', { subscriptionId, seq: rows.at(-1)?.seq ?? 0 });
      return;
    }
    const day = localDate(on);
    const made = asked(change);
    if (made.do === 'cancel') await room.call('billing.subscriptionEnd', { subscriptionId, endsOn: day });
    else await room.call('billing.subscriptionChange', { subscriptionId, change: made, on: day });
  };
  const row = async ({ subscriptionId }: Story) =>
    (await room.call('billing.subscriptionList', { query: `id:${subscriptionId}` })).rows[0];

  const begin = async (): Promise<void> => {
    room = await openBillingRoom(stores);
    plans.set('Ten', await daily('Ten', '310'));
    plans.set('Twenty', await daily('Twenty', '620'));
    plans.set('Rising', await daily('Rising', '310'));
    plans.set('Hourly', await daily('Hourly', '310', '0.5'));
    plans.set('Month', await makePlan(room, 'Month', [monthlyFee]));
    const price = { currency: 'PLN', perMonth: '620', perVcpuHour: '0', perGibHour: '0' } as const;
    const later = { planId: plans.get('Rising') ?? '', price, validFrom: localDate('2026-10-10') };
    await room.call('catalog.planPriceSet', later);
  };
  /** Everything happens in one October, each day closed on the morning after it. */
  const october = async (): Promise<Story> => {
    for (const [name, { plan, quantity }] of Object.entries(stories))
      told.set(name, await sold(name, plan, { ...(quantity !== undefined && { quantity }) }));
    await room.addVm('away');
    const away = await sold('away', 'Hourly', { vmId: 'away' });
    room.hostAway(['away'], '2026-10-08T12:00:00Z', 'hv2 was last heard at 14:00');
    for (let day = localDate('2026-10-01'); day < '2026-11-01'; day = addDays(day, 1)) {
      room.setNow(`${day}T10:00:00Z`);
      for (const [name, { changes }] of Object.entries(stories)) {
        const story = told.get(name);
        if (story === undefined) continue;
        for (const [decided, change, on] of changes)
          if (decided === day) await decide(story, change, on ?? decided);
      }
      if (day === '2026-10-11') await decide(away, to('Month'), day);
      room.setNow(`${addDays(day, 1)}T10:00:00Z`);
      await room.call('billing.dayClose', { day });
    }
    return away;
  };

  const invoiced = async ({ customerId }: Story): Promise<string[]> => {
    const scope = { customerId, periodStart: '2026-10-01', periodEndExclusive: '2026-11-01' } as const;
    const { invoiceId } = await room.call('billing.invoiceCreate', scope);
    const invoice = await room.call('billing.invoiceGet', { invoiceId });
    return invoice.lines.map(({ description, quantity, unitPrice, net }) =>
      [
        /Ten|Twenty|Rising|Month/.exec(description)?.[0] ?? description,
        quantity,
        'at',
        `${unitPrice}:`,
        (Number(net.amountMinor) / 100).toFixed(2),
      ].join(' '),
    );
  };

  it('is charged each day by what holds on it, whatever is decided when, and so is invoiced', async () => {
    await begin();
    const away = await october();
    const lines = new Map<string, string[]>();
    for (const [name, story] of told) lines.set(name, await invoiced(story));
    expect(Object.fromEntries(lines)).toEqual(
      Object.fromEntries(Object.entries(stories).map(([name, story]) => [name, story.lines])),
    );

    // Its host was away since the 8th: those days are charged by the price of then, though it is by the period by now.
    const month = { from: '2026-10-01', toExclusive: '2026-11-01', vcpus: 2, memoryMib: 1024 } as const;
    await room.meter('away', month);
    room.hostBack(['away']);
    for (let day = localDate('2026-10-01'); day < '2026-11-01'; day = addDays(day, 1))
      await room.call('billing.dayClose', { day });
    const charges = await room.call('billing.chargeList', { subscriptionId: away.subscriptionId });
    const sums = new Map<string, number>();
    for (const { component, amount } of charges.rows)
      sums.set(component, (sums.get(component) ?? 0) + Number(amount.amountMinor) / 100);
    // Ten days of 10.00, of three that waited 24 × 2 × 0.50; what is by the period is 21 days of 10.00.
    expect(Object.fromEntries(sums)).toEqual({ month: 100, 'vcpu-hours': 72, fee: 210 });

    // All is shown as it is by then, with its history, and the books are in order.
    expect(await row(away)).toMatchObject({ plan: 'Month', charged: 'by-period' });
    const shown = async (name: string) => await row(told.get(name) ?? away);
    expect(await shown('another quantity from its day on')).toMatchObject({
      plan: 'Ten',
      charged: 'daily',
      dailyQuantity: 2,
      price: { perMonth: '310' },
    });
    expect(await shown('another plan that is charged day by day, decided before')).toMatchObject({
      plan: 'Twenty',
      price: { perMonth: '620' },
    });
    expect(
      await shown('from a plan by the period: what was paid is credited, and days are charged'),
    ).toMatchObject({ plan: 'Ten', charged: 'daily', periodPrice: null });
    expect(await shown('its end now: that day is free')).toMatchObject({ endsOn: '2026-10-15' });
    const { subscriptionId = '' } = told.get('a pause: its days are not charged') ?? {};
    const { rows } = await room.call('billing.subscriptionHistory', { subscriptionId });
    expect(rows.map(({ on, what }) => `${on} ${what}`)).toEqual([
      '2026-10-01 start',
      '2026-10-11 pause',
      '2026-10-16 resume',
    ]);
    for (const day of ['2026-10-31', '2026-10-11'] as const)
      expect(await room.call('billing.dayClose', { day })).toMatchObject({ posted: 0 });
    expect(await room.call('billing.ledgerVerify', {})).toMatchObject({ ok: true, problems: [] });
  });

  it('shows before what a change moves on its day; says what it does not do; and is changed while its day closes', async () => {
    await begin();
    const { subscriptionId } = await sold('Preview', 'Ten', { startsOn: localDate('2026-11-01') });
    const preview = async (change: Change | ToPlan, on: string): Promise<string[]> => {
      const found = await room.call('billing.subscriptionPreview', {
        subscriptionId,
        change: asked(change),
        on: localDate(on),
      });
      const words = (sign: number) => (line: (typeof found.lines)[number]) =>
        `${line.plan} ${line.start}/${line.endExclusive} ${((sign * Number(line.net.amountMinor)) / 100).toFixed(2)}`;
      return [...found.lines.map(words(1)), ...found.instead.map(words(-1))];
    };
    const was = 'Ten 2026-11-15/2026-11-16 -10.33';
    expect(await preview(to('Twenty'), '2026-11-15')).toEqual(['Twenty 2026-11-15/2026-11-16 20.67', was]);
    expect(await preview({ do: 'change', quantity: '3' }, '2026-11-15')).toEqual([
      'Ten 2026-11-15/2026-11-16 31.00',
      was,
    ]);
    expect(await preview({ do: 'pause' }, '2026-11-15')).toEqual([was]);
    expect(await preview({ do: 'cancel' }, '2026-11-15')).toEqual([was]);
    expect(await preview(to('Month'), '2026-11-15')).toEqual(['Month 2026-11-15/2026-12-01 165.33', was]);
    await decide({ subscriptionId, customerId: '' }, to('Twenty'), '2026-11-15');
    const { rows } = await room.call('billing.subscriptionPlanned', { subscriptionId });
    expect(rows).toMatchObject([
      { event: { on: '2026-11-15', plan: 'Twenty' }, difference: { amountMinor: '1034' }, whyKept: null },
    ]);

    const ten = await sold('Ten', 'Ten');
    const many = await sold('Many', 'Month', { quantity: '1.5' });
    const discount = { kind: 'percent', id: 'd', percent: '10', periods: null } as const;
    const refused = async (
      { subscriptionId }: Story,
      change: Change,
      on = '2026-11-01',
    ): Promise<unknown> => {
      if (change.do === 'cancel') return undefined;
      const { code, facts } = await room.refused('billing.subscriptionChange', {
        subscriptionId,
        change,
        on: localDate(on),
      });
      return [code, facts['plan'] ?? ''];
    };
    expect(await refused(ten, { do: 'anchor', day: 15 })).toEqual(['daily-anchor', 'Ten']);
    expect(await refused(ten, { do: 'discount', discount })).toEqual(['daily-discount', 'Ten']);
    expect(await refused(ten, { do: 'change', quantity: '1.5' })).toEqual(['daily-quantity', 'Ten']);
    expect(await refused(ten, { do: 'change', allocations: { vcpu: '2' } })).toEqual([
      'no-such-resource',
      'Ten',
    ]);
    expect(await refused(ten, { do: 'resume' })).toEqual(['not-paused', '']);
    expect(await refused(ten, asked(to('Hourly')))).toEqual(['vm-needed', 'Hourly']);
    expect(await refused(many, asked(to('Ten')))).toEqual(['daily-quantity', 'Ten']);

    // Charged by one price or the other, and the answer says by which.
    const races = await Promise.all(
      ['one', 'two', 'three'].map(
        async (name) => await sold(name, 'Ten', { startsOn: localDate('2026-11-01') }),
      ),
    );
    room.setNow('2026-11-02T10:00:00Z');
    for (let day = localDate('2026-10-01'); day < '2026-11-01'; day = addDays(day, 1))
      await room.call('billing.dayClose', { day });
    expect(await refused(ten, { do: 'pause' }, '2026-10-31')).toEqual(['day-closed', '']);
    const day = localDate('2026-11-01');
    const [, ...answers] = await Promise.all([
      room.call('billing.dayClose', { day }),
      ...races.map(
        async (race) =>
          await decide(race, to('Twenty'), day).then(
            () => 'changed',
            (error: unknown) => (String(error).includes('day-closed') ? 'closed' : String(error)),
          ),
      ),
    ]);
    for (const [at, { subscriptionId }] of races.entries()) {
      const { rows } = await room.call('billing.chargeList', { subscriptionId });
      const minor = answers[at] === 'changed' ? '2067' : '1033';
      expect([answers[at], rows.map(({ amount }) => amount.amountMinor)]).toEqual([
        expect.stringMatching(/^(changed|closed)$/),
        [minor],
      ]);
    }
  });
});
