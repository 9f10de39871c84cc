import { join } from 'node:path';
import type { OperationAt, OperationName } from '../../shared/contract/contract.ts';
import type { CallInputOf, OutputOf } from '../../shared/contract/operation.ts';
import type { CompanyFields } from '../../shared/domains/billing/company-contract.ts';
import { PAPER_NUMBERS } from '../../shared/domains/documents/paper-kinds.ts';
import type { PlanPrice } from '../../shared/domains/catalog/catalog-contract.ts';
import { addDays, localDate } from '../../shared/kernel/local-date.ts';
import { callOperation } from '../app/engine/call-operation.ts';
import type { AllHandlers } from '../app/engine/engine-parts.ts';
import { balancesHandlers } from '../domains/balances/balances-handlers.ts';
import { billingHandlers } from '../domains/billing/billing-handlers.ts';
import type { BillingParts } from '../domains/billing/billing-parts.ts';
import { catalogHandlers } from '../domains/catalog/catalog-handlers.ts';
import { companiesHandlers } from '../domains/companies/companies-handlers.ts';
import { customersHandlers } from '../domains/customers/customers-handlers.ts';
import { documentsHandlers } from '../domains/documents/documents-handlers.ts';
import { papersOffTheirForm, paperSeries } from '../domains/documents/documents-public.ts';
import { paymentsHandlers } from '../domains/payments/payments-handlers.ts';
import { freeExcess, paymentsOffTheirEntries } from '../domains/payments/payments-public.ts';
import { meteringHandlers } from '../domains/metering/metering-handlers.ts';
import { usageBilling } from '../domains/billing/usage/usage-billing.ts';
import { askVies } from '../platform/vies/vies-check.ts';
import { companyVatId } from '../domains/billing/billing-public.ts';
import { createPdfPress, type PdfPress, type PdfPressOptions } from '../platform/pdf/pdf-press.ts';
import type { CallContext } from '../platform/calls/call-context.ts';
import type { TaskStarter } from '../platform/tasks/task-definition.ts';
import type { AnyTransaction, Store } from '../platform/store/store.ts';
import {
  countsOf,
  meterVmFacts,
  meteredHours,
  meteredSums,
  meterHours,
  namesOf,
  type MeteredDays,
  type MeterTables,
} from './billing-meters.ts';
import { billingSchema } from './billing-schema.ts';
import type { StoreForTest } from './store-for-test.ts';

const resources = join(import.meta.dirname, '../../resources');

/** The press of the program: its worker, its fonts. */
export const pressOptions: PdfPressOptions = {
  worker: new URL('../platform/pdf/pdf-worker.ts', import.meta.url),
  fonts: {
    regular: join(resources, 'fonts/Inter-Regular.ttf'),
    semibold: join(resources, 'fonts/Inter-SemiBold.ttf'),
  },
};

const isForTests = process.env['VITEST'] !== undefined;
let press: PdfPress | undefined;

/** One press for all tests of a file. */
export function pressForTest(): PdfPress {
  press ??= createPdfPress(pressOptions);
  return press;
}

/**
 * For `afterAll` of a file whose tests print. Files of tests take turns in a process, and so with the press that it has started, whose worker
 * without work keeps nobody; what is no test closes it.
 */
export async function closePressForTest(): Promise<void> {
  if (isForTests) return;
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
  accounts: (['CZK', 'EUR', 'HUF', 'PLN', 'USD'] as const).map((currency) => ({
    currency,
    iban: currency === 'PLN' ? 'PL61109010140000071219812874' : 'PL10105000997603123456789123',
    bic: 'WBKPPLPP',
  })),
  email: 'faktury@zajazd.example',
  footer: 'KRS 0000000000 · REGON 000000000',
  numberFormat: 'FV {year}/{month}/{seq:4}',
  creditNumberFormat: 'FK {year}/{month}/{seq:4}',
  advanceNumberFormat: 'FZ {year}/{month}/{seq:4}',
  paperNumberFormats: PAPER_NUMBERS,
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
  /** What a use case is given inside a transaction of the test's own. */
  context(trx: AnyTransaction): CallContext;
  setNow(instant: string): void;
  addVm(id: string, name?: string): Promise<void>;
  /** The VM is powered in every hour of these local days. */
  meter(vmId: string, days: MeteredDays): Promise<void>;
  /** Usage is complete until this instant; everything before now unless it is said. */
  completeUntil(instant: string, reason: string): void;
  /** The host of these VMs was last heard then, and is away. */
  hostAway(vmIds: readonly string[], instant: string, reason: string): void;
  /** It is heard again: all is counted. */
  hostBack(vmIds: readonly string[]): void;
}

export interface BillingRoomOptions {
  readonly press?: PdfPress;
  readonly vies?: string;
  /** Where VMs are and are counted; tables of the test unless it is said. */
  readonly fleet?: Pick<BillingParts, 'usage' | 'vms'>;
  /** Who works on tasks; nobody unless it is said. */
  readonly tasks?: TaskStarter;
  /** Domains that stand on billing and are in no room unless it is said. */
  readonly more?: (parts: BillingParts) => Partial<AllHandlers>;
}

/** The billing domains as an engine has them (dispatch, audit and all) on a store of the test; `press` another than the test's, `vies` where its stand-in is (nowhere unless said). */
export function billingRoom(
  store: Store,
  { press: own, vies = 'http://127.0.0.1:9/', fleet, tasks, more }: BillingRoomOptions = {},
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
      usageSums: async (db, vmIds, range) => await meteredSums(db, vmIds, range),
      usageGaps: async (_db, vmIds, endMs) =>
        vmIds.flatMap((vmId) => {
          const { untilMs, reason } = away.get(vmId) ?? mark;
          return untilMs < endMs ? [{ vmId, countedToMs: untilMs, isAway: away.has(vmId), reason }] : [];
        }),
    },
    vms: {
      vmFactsLocked: async (db, vmId) => await meterVmFacts(db, store.kind, vmId),
      vmFacts: async (db, vmId) => await meterVmFacts(db, 'sqlite', vmId),
      giveVm: async () => undefined,
      vmNames: namesOf,
      vmSizes: async (db, vmIds) =>
        new Map(
          [...(await namesOf(db, vmIds)).keys()].map((id) => [
            id,
            { vcpus: 2, memoryBytes: 4 * 1024 ** 3, diskBytes: 20 * 1024 ** 3 },
          ]),
        ),
    },
    ...fleet,
    payments: { freeExcess },
    paperSeries,
    alsoVerified: [paymentsOffTheirEntries, papersOffTheirForm],
    press: own ?? pressForTest(),
    layoutFolder: join(resources, 'layouts'),
  };
  const handlers = {
    customers: customersHandlers({
      store,
      pauseMs: 0,
      tasks: tasks ?? { start: async () => await Promise.reject(new Error('nobody works on tasks here')) },
      nowMs: parts.nowMs,
      vies: async (question) => await askVies(vies, question),
      requesterVatId: companyVatId,
      vmCounts: fleet === undefined ? countsOf : async () => new Map(),
    }),
    catalog: catalogHandlers({ nowMs: parts.nowMs }),
    companies: companiesHandlers({ nowMs: parts.nowMs }),
    billing: billingHandlers(parts),
    balances: balancesHandlers({ kind: store.kind, nowMs: async () => clock.nowMs }),
    payments: paymentsHandlers(parts),
    documents: documentsHandlers(parts),
    metering: meteringHandlers({ ...parts, billing: usageBilling(parts) }),
    ...more?.(parts),
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
    context: (trx) => ({
      actor: accountant,
      operation: 'test',
      operationId: 'op_test',
      signal: neverAborted,
      tables: <T>() => trx as unknown as ReturnType<typeof store.tables<T>>,
      note: async (topic, key) => await store.changes.note(trx, topic, key),
      subject: () => undefined,
    }),
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
    meter: async (vmId, days) => await meterHours(store, testCompany.timeZone, vmId, days),
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
  const address = await stores.newAddress(billingSchema);
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
