import type { Kysely } from 'kysely';
import { done, refuse, type Outcome } from '../../../shared/contract/outcome.ts';
import type { InputOf, OutputOf, RefusalCodeOf } from '../../../shared/contract/operation.ts';
import { balanceMinor, stateOf } from '../../../shared/domains/balances/balance-rules.ts';
import type { balancesContract } from '../../../shared/domains/balances/balances-contract.ts';
import type { LocalDate } from '../../../shared/kernel/local-date.ts';
import type { Currency } from '../../../shared/kernel/money.ts';
import type { Store } from '../../platform/store/store.ts';
import { billingToday, customerStandings, type CustomerStanding } from '../billing/billing-public.ts';
import { balanceEvents } from './balance-events.ts';
import { customerTerms } from './balance-terms-store.ts';
import type { BalancesTables } from './balances-tables.ts';

type Operation = typeof balancesContract.balanceGet;
type Output = OutputOf<Operation>;
type Db = Kysely<BalancesTables>;

const SHOWN_DAYS = 31;
const SHOWN_EVENTS = 20;

/** What a customer paid ahead and owes at the end of a day, reckoned now from the ledger and the charges. */
export async function balanceGet(
  store: Pick<Store, 'kind' | 'nowMs'>,
  { customerId, asOf }: InputOf<Operation>,
  db: Db,
): Promise<Outcome<Output, RefusalCodeOf<Operation>>> {
  const [customer] = await customerTerms(db, store.kind, [customerId]);
  if (customer === undefined) return refuse('no-such-customer', { customerId });
  const { companyId, currency, lowMinor: low } = customer;
  const day = asOf ?? (await billingToday(db, await store.nowMs(db), companyId));
  const standings = await customerStandings(db, { kind: store.kind, companyId, customers: [customer], day });
  const own = standings.find((of) => of.currency === currency);
  return done({
    customer: customer.name,
    currency,
    asOf: day,
    mode: customer.mode,
    state: stateOf(own === undefined ? 0n : balanceMinor(own), customer),
    accounts: standings
      .toSorted((a, b) => Number(b === own) - Number(a === own) || (a.currency < b.currency ? -1 : 1))
      .map(accountOf),
    low: low === null ? null : wire(low, currency),
    creditLimit: customer.creditLimitMinor === null ? null : wire(customer.creditLimitMinor, currency),
    days: await daysOf(db, customerId, day),
    events: await balanceEvents(db, { after: 0, customerId, limit: SHOWN_EVENTS, newest: true }),
  });
}

function wire(minor: bigint, currency: Currency): Output['accounts'][number]['balance'] {
  return { amountMinor: minor.toString(), currency };
}

function accountOf(of: CustomerStanding): Output['accounts'][number] {
  const { currency } = of;
  return {
    advances: wire(of.advancesMinor, currency),
    receivables: wire(of.receivablesMinor, currency),
    unbilledNet: wire(of.unbilledNetMinor, currency),
    unbilledGross: wire(of.unbilledGrossMinor, currency),
    balance: wire(balanceMinor(of), currency),
  };
}

async function daysOf(db: Db, customerId: string, until: LocalDate): Promise<Output['days']> {
  const rows = await db
    .selectFrom('balance_day')
    .selectAll()
    .where('customer_id', '=', customerId)
    .where('day', '<=', until)
    .orderBy('day', 'desc')
    .limit(SHOWN_DAYS + 1)
    .execute();
  return rows.slice(0, SHOWN_DAYS).map((row, at) => ({
    day: row.day,
    paid: wire(BigInt(row.paid_minor) - BigInt(rows[at + 1]?.paid_minor ?? 0), row.currency),
    burned: wire(BigInt(row.burned_minor), row.currency),
    balance: wire(BigInt(row.balance_minor), row.currency),
  }));
}
