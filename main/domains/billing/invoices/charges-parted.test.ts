import { expect, it } from 'vitest';
import { localDate } from '../../../../shared/kernel/local-date.ts';
import type { UnbilledCharge } from '../charges/charge-store.ts';
import { partedCharges } from './charges-parted.ts';
import type { InvoicedRepair } from './repair-credits.ts';

type Vat = 'S 23' | 'S 23 PT' | 'S 8' | 'AE 0';

/** `id`: what it is charged or gives back, how that is taxed now, and the invoice and VAT of what it repairs. */
const charge = (id: string, minor: number, now: Vat, of?: readonly [invoice: string, vat: Vat]) => ({
  id,
  minor,
  now,
  of,
});

function charged({ id, minor }: ReturnType<typeof charge>): UnbilledCharge {
  const day = localDate('2026-10-31');
  return {
    id,
    subscriptionId: 'sub_1',
    customerId: 'cus_1',
    currency: 'PLN',
    plan: 'VPS',
    productId: null,
    vm: '',
    component: 'fee',
    part: 'fee',
    kind: minor < 0 ? 'credit' : 'service',
    day,
    service: { start: day, endExclusive: localDate('2026-11-01') },
    month: null,
    numerator: 1n,
    denominator: 1n,
    unitPrice: '1',
    amountMinor: BigInt(minor),
    grossMinor: null,
    isRepair: minor < 0,
  };
}

const vatOf = (vat: Vat): Pick<InvoicedRepair, 'vatCategory' | 'vatRate' | 'owedIn'> => {
  const [vatCategory, vatRate = '', owedIn = 'PL'] = vat.split(' ');
  return { vatCategory: vatCategory === 'AE' ? 'AE' : 'S', vatRate, owedIn };
};

/** Ids that are invoiced, and what is credited: `invoice: ids, reason`. */
function parted(all: readonly ReturnType<typeof charge>[]): { invoiced: string[]; credits: string[] } {
  const repairs = new Map(
    all.flatMap(({ id, of }) =>
      of === undefined ? [] : [[id, { invoiceId: of[0], number: of[0], ...vatOf(of[1]) }] as const],
    ),
  );
  const taxed = new Map(all.map(({ id, now }) => [id, vatOf(now)]));
  const { invoiced, credits } = partedCharges(all.map(charged), {
    repairs,
    vatOf: ({ id }) => {
      const { vatCategory: category = 'S', vatRate: rate = '', owedIn = '' } = taxed.get(id) ?? {};
      return { category, rate, owedIn };
    },
    minorOf: (some) => some.reduce((sum, { amountMinor }) => sum + amountMinor, 0n),
  });
  return {
    invoiced: invoiced.map(({ id }) => id),
    credits: credits.map(({ number, chargeIds, reason }) => `${number}: ${chargeIds.join(' ')}, ${reason}`),
  };
}

const over = (amount: string): string => `${amount} PLN more is given back than is charged`;
const other = 'its VAT was S 23 %, and is AE now';

it.each([
  {
    what: 'what is taxed as its invoice and comes to no less than zero',
    all: [charge('a', 100, 'S 23'), charge('r', -100, 'S 23', ['F1', 'S 23'])],
    invoiced: ['a', 'r'],
    credits: [],
  },
  {
    what: 'what comes below zero, each invoice by itself',
    all: [
      charge('a', 100, 'S 23'),
      charge('r', -80, 'S 23', ['F1', 'S 23']),
      charge('q', -90, 'S 23', ['F2', 'S 23']),
    ],
    invoiced: ['a'],
    credits: [`F1: r, ${over('0.70')}`, `F2: q, ${over('0.70')}`],
  },
  {
    what: 'what was taxed otherwise, of one invoice of two rates that alone',
    all: [
      charge('a', 100, 'AE 0'),
      charge('r', -30, 'AE 0', ['F1', 'S 23']),
      charge('q', -40, 'S 8', ['F1', 'S 8']),
    ],
    invoiced: ['a', 'q'],
    credits: [`F1: r, ${other}`],
  },
  {
    what: 'what was taxed otherwise first: without it the rest is not below zero, and stays',
    all: [
      charge('a', 50, 'AE 0'),
      charge('r', -60, 'AE 0', ['F1', 'S 23']),
      charge('q', -40, 'AE 0', ['F2', 'AE 0']),
    ],
    invoiced: ['a', 'q'],
    credits: [`F1: r, ${other}`],
  },
  {
    what: 'what was taxed at the same rate of another state',
    all: [charge('a', 100, 'S 23 PT'), charge('r', -30, 'S 23 PT', ['F1', 'S 23'])],
    invoiced: ['a'],
    credits: ['F1: r, its VAT was owed in PL, and is owed in PT now'],
  },
  {
    what: 'nothing of what was never invoiced, below zero or not',
    all: [charge('a', 10, 'S 23'), charge('n', -40, 'S 23'), charge('r', -5, 'S 23', ['F1', 'S 23'])],
    invoiced: ['a', 'n'],
    credits: [`F1: r, ${over('0.35')}`],
  },
])('credits $what', ({ all, invoiced, credits }) => {
  expect(parted(all)).toEqual({ invoiced, credits });
});
