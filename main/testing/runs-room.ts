import { addDays, addMonths, localDate, type LocalDate } from '../../shared/kernel/local-date.ts';
import type { Currency } from '../../shared/kernel/money.ts';
import type { CallInputOf, OutputOf } from '../../shared/contract/operation.ts';
import type { runsContract } from '../../shared/domains/runs/runs-contract.ts';
import type { BillingTables } from '../domains/billing/billing-tables.ts';
import type { PlanTable, PlanVersionTable } from '../domains/catalog/catalog-tables.ts';
import type { CustomerTable } from '../domains/customers/customers-tables.ts';
import type { Store } from '../platform/store/store.ts';
import { testCompany } from './billing-room.ts';
import { workingRoom, type DomainsRoom } from './domains-room.ts';
import type { StoreForTest } from './store-for-test.ts';
import { whenTask } from './tasks-for-test.ts';

type RunDetail = OutputOf<typeof runsContract.runGet>;

/** A customer of the test by its number, and what it is charged for the month, in minor units; 0 and below are charges, too. */
export interface Charged {
  readonly n: number;
  readonly minor: readonly number[];
  /** By the period, in advance: each a line of its own. */
  readonly periods?: readonly ChargedPeriod[];
  readonly currency?: Currency;
  readonly customer?: Partial<CustomerTable>;
}

/** A month that is charged whole, or (below 0) what is taken back of the one that was charged in an earlier month. */
export interface ChargedPeriod {
  readonly minor: number;
  /** `2024-08`: of the charge of that month. */
  readonly of?: string;
}

export const runCustomerId = (n: number): string => `cus_${String(n).padStart(6, '0')}`;

/** An engine that works on its tasks, with the company that sells. */
export async function openRunsRoom(stores: StoreForTest): Promise<DomainsRoom> {
  const room = await workingRoom(stores);
  await room.call('billing.companySave', testCompany);
  return room;
}

/**
 * Charges of a month, posted and balanced, with their customers and subscriptions where these are not there yet; every day until its
 * end is closed. Written table by table: thousands cost a moment.
 */
export async function chargeMonth(store: Store, month: string, charged: readonly Charged[]): Promise<void> {
  const start = localDate(`${month}-01`);
  const day = addDays(addMonths(start, 1), -1);
  await store.transaction<BillingTables & { customer: CustomerTable }, void>(async (trx) => {
    const company = await trx.selectFrom('company').selectAll().executeTakeFirstOrThrow();
    const known = { onConflict: 'ignore' } as const;
    await store.insertMany(trx, 'customer', charged.map(customerRow), known);
    await store.insertMany(
      trx,
      'subscription',
      charged.map((each) => subscriptionRow(each, company.id)),
      known,
    );
    await store.insertMany(trx, 'plan', [planRow], known);
    await store.insertMany(trx, 'plan_version', [versionRow], known);
    await store.insertMany(trx, 'subscription_event', charged.map(startRow), known);
    const rows = charged.flatMap((each) => [
      ...each.minor.map((minor, at) => chargeRow(each, { minor, at, day, companyId: company.id })),
      ...(each.periods ?? []).map((period) => periodRow(each, { period, day, companyId: company.id })),
    ]);
    const totals = Map.groupBy(rows, ({ currency }) => currency);
    for (const [currency, ofCurrency] of totals) {
      const sum = ofCurrency.reduce((total, row) => total + row.amount_minor, 0);
      if (sum === 0) throw new Error('the charges of a month must not come to 0');
      const entry = {
        id: entryIdOf(month, currency),
        company_id: company.id,
        currency,
        booked_on: day,
        kind: 'charges',
        source: `charges ${day} ${currency} of the test`,
        memo: '',
        posted_at_ms: 0,
      } as const;
      await trx.insertInto('ledger_entry').values(entry).execute();
      const sides =
        sum > 0
          ? ({ debit: 'unbilled', credit: 'revenue' } as const)
          : ({ debit: 'revenue', credit: 'unbilled' } as const);
      const line = { entry_id: entry.id, line_no: 1, ...sides };
      const none = { customer_id: null, document_id: null };
      await trx
        .insertInto('ledger_line')
        .values({ ...line, ...none, amount_minor: Math.abs(sum) })
        .execute();
    }
    await store.insertMany(trx, 'charge', rows);
    await trx.updateTable('billing_calendar').set({ closed_until: day }).execute();
  });
}

const entryIdOf = (month: string, currency: Currency): string => `entry_${month}_${currency}`;

function customerRow({ n, currency = 'PLN', customer }: Charged): CustomerTable {
  return {
    id: runCustomerId(n),
    number: `C-${10_000 + n}`,
    kind: 'person',
    name: `Klient ${n}`,
    street: 'ul. Lipowa 7',
    postcode: '30-001',
    city: 'Kraków',
    country: 'PL',
    vat_id: '',
    email: n % 2 === 0 ? `klient${n}@example.com` : '',
    currency,
    language: 'pl',
    time_zone: 'Europe/Warsaw',
    notes: '',
    active: 1,
    created_at_ms: 0,
    company_id: 'com_1',
    billing_zone: '',
    tax_country: '',
    tax_evidence: '[]',
    postal: 'null',
    ...customer,
  };
}

function subscriptionRow({ n, currency = 'PLN' }: Charged, companyId: string): BillingTables['subscription'] {
  return {
    id: `sub_${n}`,
    company_id: companyId,
    customer_id: runCustomerId(n),
    plan_id: 'plan_1',
    plan_name: 'VPS',
    price_id: 'price_1',
    vm_id: '',
    vm_name: `vm-${n}`,
    currency,
    per_month: '0',
    per_vcpu_hour: '0',
    per_gib_hour: '0',
    daily_quantity: 1,
    is_daily: 1,
    starts_on: localDate('2020-01-01'),
    ends_on: null,
    created_at_ms: 0,
    charged: 'daily',
    is_metered: 0,
    next_due: null,
    reopened_from: null,
    paused_from: null,
    paused_until: null,
    billing_zone: '',
  };
}

function startRow({ n }: Charged): BillingTables['subscription_event'] {
  const { starts_on: startsOn, price_id: version } = subscriptionRow({ n, minor: [] }, '');
  const change = JSON.stringify({ do: 'start', version });
  const on = { on_day: startsOn, known_on: startsOn };
  return { subscription_id: `sub_${n}`, seq: 1, ...on, change, made_at_ms: 0, source: null };
}

const planRow: PlanTable = {
  id: 'plan_1',
  name: 'VPS',
  description: '',
  active: 1,
  created_at_ms: 0,
  product_id: 'product_vps',
};

const versionRow: PlanVersionTable = {
  id: 'price_1',
  plan_id: 'plan_1',
  currency: 'PLN',
  valid_from: '2020-01-01',
  set_at_ms: 0,
  charged: 'daily',
  priced: JSON.stringify({
    proration: 'actual-days',
    cycleOnChange: 'by-timing',
    components: [
      {
        kind: 'recurring',
        id: 'month',
        every: 'month',
        timing: 'in-arrears',
        align: 'calendar',
        price: '0',
        trialDays: 0,
      },
    ],
  }),
};

/** A whole month at that price; a price of its own, so that each is a line. */
function chargeRow(
  { n, currency = 'PLN' }: Charged,
  of: { minor: number; at: number; day: LocalDate; companyId: string },
): BillingTables['charge'] {
  return {
    id: `chg_${of.day}_${String(n).padStart(6, '0')}_${of.at}`,
    company_id: of.companyId,
    subscription_id: `sub_${n}`,
    customer_id: runCustomerId(n),
    component: 'month',
    day: of.day,
    reason: of.at === 0 ? 'service' : `service ${of.at}`,
    numerator: 1,
    denominator: 1,
    version_id: null,
    unit_price: (of.minor / 100).toFixed(2),
    currency,
    amount_minor: of.minor,
    gross_minor: null,
    price_vat_rate: null,
    entry_id: of.minor === 0 ? null : entryIdOf(of.day.slice(0, 7), currency),
    posted_at_ms: 0,
    line: null,
    explanation: null,
    open_until: null,
  };
}

/** Of the month of its day, which is over: all of it is earned. */
function periodRow(
  each: Charged,
  { period: { minor, of }, day, companyId }: { period: ChargedPeriod; day: LocalDate; companyId: string },
): BillingTables['charge'] {
  const start = localDate(`${of ?? day.slice(0, 7)}-01`);
  const reason = of === undefined ? periodReason(start) : `${periodReason(start)} repair ${day}`;
  const line = {
    reason: of === undefined ? 'service' : 'repair',
    component: 'fee',
    planId: planRow.id,
    planVersion: versionRow.id,
    from: start,
    toExclusive: addMonths(start, 1),
    ...(of !== undefined && { of: `sub_${each.n} ${periodReason(start)}` }),
  };
  return {
    ...chargeRow(each, { minor, at: 0, day, companyId }),
    id: `chg_${day}_${String(each.n).padStart(6, '0')}_${of ?? 'period'}`,
    component: 'fee',
    reason,
    numerator: minor < 0 ? -1 : 1,
    unit_price: (Math.abs(minor) / 100).toFixed(2),
    line: JSON.stringify(line),
    explanation: '{}',
    open_until: localDate('2100-01-01'),
  };
}

const periodReason = (start: LocalDate): string => `fee ${start} service`;

/** Prepares a run of a month and waits for its preview. */
export async function previewMonth(
  room: DomainsRoom,
  month: string,
  input: Partial<CallInputOf<typeof runsContract.runCreate>> = {},
): Promise<RunDetail> {
  const start = localDate(`${month}-01`);
  const period = { periodStart: start, periodEndExclusive: addMonths(start, 1) };
  const made = await room.call('runs.runCreate', { ...period, ...input });
  if (typeof made === 'string') throw new Error(made);
  await whenTask(room.store, made.taskId);
  return await runOf(room, made.runId);
}

export async function runOf(room: DomainsRoom, runId: string): Promise<RunDetail> {
  const run = await room.call('runs.runGet', { runId });
  if (typeof run === 'string') throw new Error(run);
  return run;
}

/** Approves what the preview says; the code of the refusal, or the run once its task has ended. */
export async function approveRun(
  room: DomainsRoom,
  { id: runId, digest, counts }: Pick<RunDetail, 'id' | 'digest' | 'counts'>,
  input: Partial<CallInputOf<typeof runsContract.runApprove>> = {},
): Promise<RunDetail | string> {
  const approval = { runId, digest, confirmCount: counts.ready, issuedOn: '2024-11-02', ...input };
  const answer = await room.call('runs.runApprove', approval);
  if (typeof answer === 'string') return answer;
  await whenTask(room.store, answer.taskId);
  return await runOf(room, runId);
}
