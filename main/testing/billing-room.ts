import { join } from 'node:path';
import type { Kysely } from 'kysely';
import type { OperationAt, OperationName } from '../../shared/contract/contract.ts';
import type { CallInputOf, OutputOf } from '../../shared/contract/operation.ts';
import type { CompanyFields } from '../../shared/domains/billing/company-contract.ts';
import type { PlanPrice } from '../../shared/domains/catalog/catalog-contract.ts';
import { addDays, dayStartMs, localDate } from '../../shared/kernel/local-date.ts';
import { callOperation } from '../app/engine/call-operation.ts';
import type { AllHandlers } from '../app/engine/engine-parts.ts';
import { balancesHandlers } from '../domains/balances/balances-handlers.ts';
import { billingHandlers } from '../domains/billing/billing-handlers.ts';
import type { BillingParts } from '../domains/billing/billing-parts.ts';
import { billingChargesByHand } from '../domains/billing/schema/20261130T0710-billing-charges-by-hand.ts';
import { billingCompanyAndCharges } from '../domains/billing/schema/20261122T1040-billing-company-and-charges.ts';
import { billingGrossCharges } from '../domains/billing/schema/20261130T0705-billing-gross-charges.ts';
import { billingVatAndRates } from '../domains/billing/schema/20261129T1815-billing-vat-and-rates.ts';
import { billingExchanges } from '../domains/billing/schema/20261130T0755-billing-exchanges.ts';
import { balances } from '../domains/balances/schema/20261130T0750-balances.ts';
import { billingDeferrals } from '../domains/billing/schema/20261130T0715-billing-deferrals.ts';
import { billingHistories } from '../domains/billing/schema/20261129T1810-billing-histories.ts';
import { billingCreditNotes } from '../domains/billing/schema/20261129T1730-billing-credit-notes.ts';
import { billingHeldDays } from '../domains/billing/schema/20261129T0110-billing-held-days.ts';
import { billingInvoices } from '../domains/billing/schema/20261122T1042-billing-invoices.ts';
import { billingInvoiceSearch } from '../domains/billing/schema/20261130T0711-billing-invoice-search.ts';
import { billingLedger } from '../domains/billing/schema/20261122T1041-billing-ledger.ts';
import { billingCompanies } from '../domains/billing/schema/20261130T0745-billing-companies.ts';
import { customersBillingProfile } from '../domains/customers/schema/20261130T0744-customers-billing-profile.ts';
import { catalogHandlers } from '../domains/catalog/catalog-handlers.ts';
import { catalogVersions } from '../domains/catalog/schema/20261129T1740-catalog-versions.ts';
import { catalogPlans } from '../domains/catalog/schema/20261122T1030-catalog-plans.ts';
import { companiesHandlers } from '../domains/companies/companies-handlers.ts';
import { customersHandlers } from '../domains/customers/customers-handlers.ts';
import { customersVatChecks } from '../domains/customers/schema/20261129T1810-customers-vat-checks.ts';
import { customers } from '../domains/customers/schema/20261122T1020-customers.ts';
import { documentsHandlers } from '../domains/documents/documents-handlers.ts';
import { papersOffTheirForm } from '../domains/documents/documents-public.ts';
import { documentsPapers } from '../domains/documents/schema/20261130T0800-documents-papers.ts';
import { paymentsHandlers } from '../domains/payments/payments-handlers.ts';
import { paymentsOffTheirEntries } from '../domains/payments/payments-public.ts';
import { payments } from '../domains/payments/schema/20261130T0745-payments.ts';
import { meteringHandlers } from '../domains/metering/metering-handlers.ts';
import { meteringEvents } from '../domains/metering/schema/20261130T0748-metering-events.ts';
import { daysHeldOpen, usageTermsOf } from '../domains/billing/usage-terms.ts';
import { askVies } from '../platform/vies/vies-check.ts';
import { companyVatId } from '../domains/billing/billing-public.ts';
import type { AnyDatabase } from '../platform/store/any-database.ts';
import { createPdfPress, type PdfPress, type PdfPressOptions } from '../platform/pdf/pdf-press.ts';
import type { SchemaStep } from '../platform/store/schema-step.ts';
import type { Store } from '../platform/store/store.ts';
import type { StoreForTest } from './store-for-test.ts';

const resources = join(import.meta.dirname, '../../resources');

/** Meters and VMs, in place of the fleet's tables. */
interface MeterTables {
  meter_vm: { id: string; name: string; customer_id: string | null };
  meter_hour: { vm_id: string; hour_at_ms: number; running_ms: number; vcpu_ms: number; mib_ms: number };
}

const meters: SchemaStep = {
  id: '20261122T0950-meters-of-the-test',
  async up(to) {
    await to.run(
      'create table meter_vm (id text primary key, name text not null, customer_id text)',
      `create table meter_hour (vm_id text not null, hour_at_ms bigint not null, running_ms bigint not null,
        vcpu_ms bigint not null, mib_ms bigint not null, primary key (vm_id, hour_at_ms))`,
    );
  },
};

export const billingSchema: readonly SchemaStep[] = [
  meters,
  customers,
  catalogPlans,
  billingCompanyAndCharges,
  billingLedger,
  billingInvoices,
  billingHeldDays,
  billingCreditNotes,
  billingVatAndRates,
  customersVatChecks,
  catalogVersions,
  billingHistories,
  billingGrossCharges,
  billingChargesByHand,
  billingInvoiceSearch,
  billingDeferrals,
  customersBillingProfile,
  billingCompanies,
  payments,
  documentsPapers,
  meteringEvents,
  balances,
  billingExchanges,
];

/** The press of the program: its worker, its fonts. */
export const pressOptions: PdfPressOptions = {
  worker: new URL('../platform/pdf/pdf-worker.ts', import.meta.url),
  fonts: {
    regular: join(resources, 'fonts/Inter-Regular.ttf'),
    semibold: join(resources, 'fonts/Inter-SemiBold.ttf'),
  },
};

let press: PdfPress | undefined;

/** One press for all tests of a file. */
export function pressForTest(): PdfPress {
  press ??= createPdfPress(pressOptions);
  return press;
}

/** For `afterAll` of a file whose tests print. */
export async function closePressForTest(): Promise<void> {
  await press?.close();
  press = undefined;
}

export const testCompany: CompanyFields = {
  name: 'Zajazd Hosting sp. z o.o.',
  street: 'ul. Przykładowa 28 lok. 4',
  postcode: '00-950',
  city: 'Warszawa',
  country: 'PL',
  vatId: 'PL5252344078',
  iban: 'PL61109010140000071219812874',
  bic: 'WBKPPLPP',
  email: 'faktury@zajazd.example',
  footer: 'KRS 0000000000 · REGON 000000000',
  numberFormat: 'FV {year}/{month}/{seq:4}',
  creditNumberFormat: 'FK {year}/{month}/{seq:4}',
  vatScheme: 'standard',
  consumersAbroad: 'held',
  paymentDays: 14,
  timeZone: 'Europe/Warsaw',
};

type Refusal = { readonly code: string; readonly facts: Readonly<Record<string, unknown>> };

export interface BillingRoom {
  readonly store: Store;
  readonly parts: BillingParts;
  /** Its value; throws the sentence of anything else. */
  call<N extends OperationName>(
    name: N,
    input: CallInputOf<OperationAt<N>>,
  ): Promise<OutputOf<OperationAt<N>>>;
  /** The refusal it must answer with. */
  refused<N extends OperationName>(name: N, input: CallInputOf<OperationAt<N>>): Promise<Refusal>;
  setNow(instant: string): void;
  addVm(id: string, name?: string): Promise<void>;
  /** The VM is powered in every hour of these local days. */
  meter(
    vmId: string,
    days: { from: string; toExclusive: string; vcpus: number; memoryMib: number },
  ): Promise<void>;
  /** Usage is complete until this instant; everything before now unless it is said. */
  completeUntil(instant: string, reason: string): void;
  /** The host of these VMs was last heard then, and is away. */
  hostAway(vmIds: readonly string[], instant: string, reason: string): void;
  /** It is heard again: all is counted. */
  hostBack(vmIds: readonly string[]): void;
}

/** The billing domains as an engine has them (dispatch, audit and all) on a store of the test; `press` another than the test's, `vies` where its stand-in is (nowhere unless said). */
export function billingRoom(
  store: Store,
  { press: own, vies = 'http://127.0.0.1:9/' }: { press?: PdfPress; vies?: string } = {},
): BillingRoom {
  const clock = { nowMs: Date.parse('2026-10-01T08:00:00Z') };
  const mark = { untilMs: Number.POSITIVE_INFINITY, reason: '' };
  const away = new Map<string, { untilMs: number; reason: string }>();
  const parts: BillingParts = {
    nowMs: async () => clock.nowMs,
    kind: store.kind,
    insertMany: store.insertMany,
    updateMany: store.updateMany,
    usage: {
      usageOf: async (db, vmIds, range) => await meteredHours(db, vmIds, range),
      usageGaps: async (_db, vmIds, endMs) =>
        vmIds.flatMap((vmId) => {
          const { untilMs, reason } = away.get(vmId) ?? mark;
          return untilMs < endMs ? [{ vmId, isAway: away.has(vmId), reason }] : [];
        }),
    },
    vms: {
      vmFactsLocked: async (db, vmId) => {
        const name = (await namesOf(db, [vmId])).get(vmId);
        return name === undefined ? undefined : { name, customerId: null, isBeingDeleted: false };
      },
      giveVm: async () => undefined,
      vmNames: namesOf,
    },
    alsoVerified: [paymentsOffTheirEntries, papersOffTheirForm],
    press: own ?? pressForTest(),
    layoutFolder: join(resources, 'layouts'),
  };
  const handlers = {
    customers: customersHandlers({
      nowMs: parts.nowMs,
      vies: async (question) => await askVies(vies, question),
      requesterVatId: companyVatId,
      vmCounts: countsOf,
    }),
    catalog: catalogHandlers({ nowMs: parts.nowMs }),
    companies: companiesHandlers({ nowMs: parts.nowMs }),
    billing: billingHandlers(parts),
    balances: balancesHandlers({ kind: store.kind, nowMs: async () => clock.nowMs }),
    payments: paymentsHandlers(parts),
    documents: documentsHandlers(parts),
    metering: meteringHandlers({
      ...parts,
      billing: {
        daysHeldOpen: async (db) => await daysHeldOpen(db, store.kind),
        termsOf: async (db, ids) => await usageTermsOf(db, store.kind, ids),
      },
    }),
  } as Partial<AllHandlers> as AllHandlers;
  const answer = async (op: string, input: unknown): ReturnType<typeof callOperation> =>
    await callOperation(
      {
        engineId: 'engine_test',
        storeId: 'store_test',
        version: '0.0.0',
        store,
        handlers,
        log: silentLog,
        stopping: neverAborted,
      },
      { op, input, actor: accountant, signal: neverAborted },
    );
  return {
    store,
    parts,
    call: async (name, input) => {
      const result = await answer(name, input);
      if (!result.ok) throw new Error(`${name}: ${JSON.stringify(result.error)}`);
      return result.value as OutputOf<OperationAt<typeof name>>;
    },
    refused: async (name, input) => {
      const result = await answer(name, input);
      if (result.ok || result.error.kind !== 'refusal') throw new Error(`${name}: ${JSON.stringify(result)}`);
      return { code: result.error.code, facts: result.error.facts };
    },
    setNow: (instant) => {
      clock.nowMs = Date.parse(instant);
    },
    addVm: async (id, name = id) => {
      await store
        .tables<MeterTables>()
        .insertInto('meter_vm')
        .values({ id, name, customer_id: null })
        .execute();
    },
    meter: async (vmId, days) => await meterHours(store, vmId, days),
    completeUntil: (instant, reason) => {
      Object.assign(mark, { untilMs: Date.parse(instant), reason });
    },
    hostAway: (vmIds, instant, reason) => {
      for (const vmId of vmIds) away.set(vmId, { untilMs: Date.parse(instant), reason });
    },
    hostBack: (vmIds) => {
      for (const vmId of vmIds) away.delete(vmId);
    },
  };
}

/** A room on a new store, with the company that sells. */
export async function openBillingRoom(
  room: StoreForTest,
  options: Parameters<typeof billingRoom>[1] = {},
): Promise<BillingRoom> {
  const opened = billingRoom(await room.openStoreForTest(billingSchema), options);
  await opened.call('billing.companySave', testCompany);
  return opened;
}

/** A store that engines come to one after another: `first` has the company that sells, `again` is the next engine. */
export async function openBillingStore(stores: StoreForTest): Promise<{
  readonly address: string;
  readonly first: BillingRoom;
  again(): Promise<BillingRoom>;
}> {
  const address = await stores.newAddress();
  const again = async (): Promise<BillingRoom> =>
    billingRoom(await stores.openStoreForTest(billingSchema, { address }));
  const first = await again();
  await first.call('billing.companySave', testCompany);
  return { address, first, again };
}

export interface Sold {
  readonly customerId: string;
  readonly planId: string;
  readonly subscriptionId: string;
}

const PLAN = { currency: 'PLN', perMonth: '310.00', perVcpuHour: '0.0125', perGibHour: '0.004' } as const;

/** A customer, a plan and its subscription of a new VM of the same name. */
export async function sell(
  room: BillingRoom,
  what: {
    vm: string;
    startsOn: string;
    customer?: Partial<CallInputOf<OperationAt<'customers.customerCreate'>>>;
    price?: Partial<PlanPrice>;
  },
): Promise<Sold> {
  const { vm, startsOn } = what;
  const price = { ...PLAN, ...what.price };
  const customer = { name: `Klient ${vm}`, country: 'PL', currency: price.currency, ...what.customer };
  const { customerId } = await room.call('customers.customerCreate', customer);
  const { planId } = await room.call('catalog.planCreate', {
    name: `Plan ${vm}`,
    prices: [price],
    validFrom: '2020-01-01',
  });
  await room.addVm(vm);
  const sold = { customerId, planId, vmId: vm, startsOn };
  const { subscriptionId } = await room.call('billing.subscriptionStart', sold);
  return { customerId, planId, subscriptionId };
}

/** Closes the days from `from` on, in order. */
export async function closeDays(room: BillingRoom, from: string, toExclusive: string): Promise<void> {
  for (let day = localDate(from); day < toExclusive; day = addDays(day, 1)) {
    await room.call('billing.dayClose', { day });
  }
}

async function meterHours(
  store: Store,
  vmId: string,
  days: { from: string; toExclusive: string; vcpus: number; memoryMib: number },
): Promise<void> {
  const hourMs = 3_600_000;
  const endMs = dayStartMs(localDate(days.toExclusive), testCompany.timeZone);
  const rows: MeterTables['meter_hour'][] = [];
  for (let at = dayStartMs(localDate(days.from), testCompany.timeZone); at < endMs; at += hourMs) {
    const vcpuMs = hourMs * days.vcpus;
    rows.push({
      vm_id: vmId,
      hour_at_ms: at,
      running_ms: hourMs,
      vcpu_ms: vcpuMs,
      mib_ms: hourMs * days.memoryMib,
    });
  }
  await store.transaction<MeterTables, number>(
    async (trx) => await store.insertMany(trx, 'meter_hour', rows),
  );
}

async function meteredHours(
  db: AnyDatabase,
  vmIds: readonly string[],
  range: { readonly startMs: number; readonly endMs: number },
): ReturnType<BillingParts['usage']['usageOf']> {
  if (vmIds.length === 0) return [];
  const rows = await (db as Kysely<MeterTables>)
    .selectFrom('meter_hour')
    .selectAll()
    .where('vm_id', 'in', vmIds)
    .where('hour_at_ms', '>=', range.startMs)
    .where('hour_at_ms', '<', range.endMs)
    .execute();
  return rows.map((row) => ({
    vmId: row.vm_id,
    hourAtMs: row.hour_at_ms,
    runningMs: row.running_ms,
    vcpuMs: row.vcpu_ms,
    mibMs: row.mib_ms,
  }));
}

async function namesOf(db: AnyDatabase, vmIds: readonly string[]): Promise<Map<string, string>> {
  if (vmIds.length === 0) return new Map();
  const rows = await (db as Kysely<MeterTables>)
    .selectFrom('meter_vm')
    .selectAll()
    .where('id', 'in', vmIds)
    .execute();
  return new Map(rows.map((row) => [row.id, row.name]));
}

async function countsOf(db: AnyDatabase, customerIds: readonly string[]): Promise<Map<string, number>> {
  const rows = await (db as Kysely<MeterTables>).selectFrom('meter_vm').selectAll().execute();
  const counts = new Map<string, number>();
  for (const { customer_id: id } of rows) {
    if (id !== null && customerIds.includes(id)) counts.set(id, (counts.get(id) ?? 0) + 1);
  }
  return counts;
}

const neverAborted = new AbortController().signal;
const accountant = { id: 'person_test', login: 'anna', name: 'Anna', role: 'administrator' } as const;
const silentLog = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: (message: string, fields?: Record<string, unknown>) => {
    throw new Error(`${message}: ${JSON.stringify(fields)}`);
  },
  with: () => silentLog,
  close: async () => undefined,
};
