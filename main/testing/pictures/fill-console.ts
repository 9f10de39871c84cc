import type { Page } from 'playwright-core';
import {
  addDays,
  addMonths,
  firstOfMonth,
  localDate,
  type LocalDate,
} from '../../../shared/kernel/local-date.ts';
import { callInPage } from '../call-in-page.ts';

const GIB = 1024 ** 3;
const MONTHS_BACK = 5;
/** Whole months that are invoiced, the last ones but one, which a run waits to invoice. */
const MONTHS_INVOICED = 2;
const WAIT_MS = 120_000;

const COMPANY = {
  name: 'Zajazd Hosting sp. z o.o.',
  street: 'ul. Przykładowa 28 lok. 4',
  postcode: '00-950',
  city: 'Warszawa',
  country: 'PL',
  vatId: 'PL5252344078',
  accounts: (['PLN', 'CZK', 'HUF', 'EUR'] as const).map((currency) => ({
    currency,
    iban: 'PL61109010140000071219812874',
    bic: 'WBKPPLPP',
  })),
  email: 'faktury@zajazd.example',
  footer: 'KRS 0000000000 · REGON 000000000',
  numberFormat: 'FV {year}/{month}/{seq:4}',
};

/** Who buys, and how many VMs, one more every month. Companies that do not exist, with VAT ids whose check digits fit. */
const CUSTOMERS = [
  { name: 'Biuro Rachunkowe Jarzębina', city: 'Kraków', country: 'PL', currency: 'PLN', vms: 5 },
  { name: 'Orzeł Podatki', city: 'Gdańsk', country: 'PL', currency: 'PLN', vms: 3 },
  { name: 'Fundacja Sowa', city: 'Łódź', country: 'PL', currency: 'PLN', vms: 2 },
  { name: 'Novák a syn', city: 'Brno', country: 'CZ', currency: 'CZK', vatId: 'CZ27082440', vms: 3 },
  {
    name: 'Delta Könyvelő Kft.',
    city: 'Budapest',
    country: 'HU',
    currency: 'EUR',
    vatId: 'HU12892312',
    vms: 2,
  },
] as const;

/** A table of made-up rates for each day of these months, in the form of NBP's table A. */
function madeUpRates(from: LocalDate): string {
  const days = Array.from({ length: (MONTHS_BACK + 1) * 31 }, (_, days) => addDays(from, days));
  return JSON.stringify(
    days.map((day, at) => ({
      table: 'A',
      no: `${at + 1}/A/NBP/${day.slice(0, 4)}`,
      effectiveDate: day,
      rates: [
        { code: 'EUR', mid: 4.25 },
        { code: 'CZK', mid: 0.174 },
        { code: 'HUF', mid: 0.0109 },
      ],
    })),
  );
}

/** Reads again until it is as wanted. */
async function until<T>(
  read: () => Promise<T>,
  isRight: (value: T) => boolean,
  waitMs = WAIT_MS,
): Promise<T> {
  const endMs = Date.now() + waitMs;
  for (;;) {
    const value = await read();
    if (isRight(value)) return value;
    if (Date.now() > endMs) throw new Error(`not in time; last was ${JSON.stringify(value).slice(0, 300)}`);
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

async function sell(page: Page, startsOn: LocalDate): Promise<string[]> {
  await callInPage(page, 'billing.companySave', COMPANY);
  await callInPage(page, 'billing.exchangeRateImport', { content: madeUpRates(startsOn) });
  const { planId } = await callInPage(page, 'catalog.planCreate', {
    name: 'A-4',
    description: '4 vCPU, 8 GiB, 80 GB',
    prices: [
      { currency: 'PLN', perMonth: '340', perVcpuHour: '0', perGibHour: '0' },
      { currency: 'CZK', perMonth: '1900', perVcpuHour: '0', perGibHour: '0' },
      { currency: 'EUR', perMonth: '79', perVcpuHour: '0', perGibHour: '0' },
    ],
    validFrom: startsOn,
  });
  const { rows } = await callInPage(page, 'fleet.vmList', { query: 'state:running customer=""', limit: 60 });
  // Some of every host.
  const free = rows.filter((_, at) => at % 3 === 0);
  const ids: string[] = [];
  for (const { vms, ...who } of CUSTOMERS) {
    const { customerId } = await callInPage(page, 'customers.customerCreate', {
      ...who,
      street: 'ul. Lipowa 7',
      postcode: '30-001',
    });
    ids.push(customerId);
    for (let sold = 0; sold < vms; sold += 1) {
      const vm = free.shift();
      if (vm === undefined) throw new Error('the practice fleet has too few VMs without customer');
      await callInPage(page, 'fleet.vmAssign', { vmId: vm.id, customerId });
      await callInPage(page, 'billing.subscriptionStart', {
        customerId,
        planId,
        vmId: vm.id,
        startsOn: addMonths(startsOn, Math.min(sold, MONTHS_BACK - 1)),
      });
    }
  }
  return ids;
}

async function chargeUntil(page: Page, today: LocalDate): Promise<void> {
  for (;;) {
    const { closedUntil, openDays } = await callInPage(page, 'billing.dayState', {});
    if (openDays === 0) return;
    const day = closedUntil === null ? undefined : addDays(closedUntil as LocalDate, 1);
    if (day === undefined || day >= today) return;
    // The duty that closes days by itself may be first: that is the same day, charged once.
    await callInPage(page, 'billing.dayClose', { day });
  }
}

/** The whole practice fleet was seen once. */
export async function whenCollected(page: Page): Promise<void> {
  await until(
    async () => (await callInPage(page, 'fleet.vmList', { limit: 1 })).total,
    (total) => total >= 60,
  );
}

const MINUTES_SHOWN = 6;

/** This VM was measured for some minutes: before that a chart has nothing to show. */
export async function whenMeasured(page: Page, vmId: string): Promise<void> {
  await until(
    async () => (await callInPage(page, 'fleet.vmSeries', { vmId, range: '1h' })).cpuPercent,
    (minutes) => minutes.filter((value) => value !== null).length >= MINUTES_SHOWN,
    (MINUTES_SHOWN + 3) * 60_000,
  );
}

/** All but the last customer have paid what they were invoiced first. */
async function payFirst(page: Page, customers: readonly string[]): Promise<void> {
  const { rows } = await callInPage(page, 'billing.invoiceList', {
    sort: 'number',
    direction: 'asc',
    limit: customers.length - 1,
  });
  for (const invoice of rows)
    await callInPage(page, 'payments.paymentRecord', {
      customerId: invoice.customerId,
      amount: invoice.gross,
      receivedOn: invoice.dueOn,
      reference: `Transfer of ${invoice.number}`,
    });
}

/** The last whole month as a run that waits for its approval. */
async function previewRun(page: Page, periodStart: LocalDate): Promise<void> {
  const { runId } = await callInPage(page, 'runs.runCreate', {
    periodStart,
    periodEndExclusive: addMonths(periodStart, 1),
    changePercent: 20,
  });
  await until(
    async () => (await callInPage(page, 'runs.runGet', { runId })).state,
    (state) => state === 'ready',
  );
}

/** The practice fleet sold, charged and invoiced for some months, through the contract as a person would. */
export async function fillConsole(page: Page): Promise<void> {
  const today = localDate((await callInPage(page, 'billing.dayState', {})).today);
  const first = addMonths(firstOfMonth(today), -MONTHS_BACK);
  const customers = await sell(page, first);
  await callInPage(page, 'billing.dayClose', { day: first });
  await chargeUntil(page, today);
  const lastMonth = addMonths(firstOfMonth(today), -1);
  for (let month = addMonths(lastMonth, -MONTHS_INVOICED); month < lastMonth; month = addMonths(month, 1)) {
    for (const customerId of customers) {
      const end = addMonths(month, 1);
      await callInPage(page, 'billing.invoiceCreate', {
        customerId,
        periodStart: month,
        periodEndExclusive: end,
        issuedOn: end,
      });
    }
  }
  await payFirst(page, customers);
  await previewRun(page, lastMonth);
  await callInPage(page, 'system.environmentSave', { name: 'Warsaw', colour: 'plum' });
}

/** A template of this image on all hosts. */
export async function importTemplate(page: Page, path: string): Promise<string> {
  const { templateId } = await callInPage(page, 'templates.templateImport', {
    name: 'Debian 12',
    os: 'Debian 12',
    source: { kind: 'file', path },
    minDiskBytes: 2 * GIB,
    minMemoryBytes: GIB / 2,
  });
  await until(
    async () => (await callInPage(page, 'templates.templateGet', { templateId })).state,
    (state) => state === 'ready',
  );
  return templateId;
}

/** What is to be seen under recent activity and tasks: a little of everything a day brings. */
export async function workADay(page: Page, templateId: string): Promise<void> {
  const { rows } = await callInPage(page, 'fleet.vmList', { query: 'state:running', limit: 8 });
  const [noted, restarted, stopped, refused] = rows;
  if (!noted || !restarted || !stopped || !refused) throw new Error('the practice fleet has running VMs');
  await callInPage(page, 'fleet.vmNote', { vmId: noted.id, notes: 'Call before a restart.', tags: ['vip'] });
  await callInPage(page, 'fleet.vmReboot', { vmId: restarted.id });
  await callInPage(page, 'fleet.vmStart', { vmId: refused.id }).catch(() => undefined);
  await callInPage(page, 'fleet.vmShutdown', { vmId: stopped.id, graceSeconds: 30, thenForce: true });
  const { taskId } = await callInPage(page, 'fleet.vmCreate', {
    name: 'acct-4902',
    templateId,
    vcpus: 4,
    memoryBytes: 8 * GIB,
    diskBytes: 80 * GIB,
    network: { kind: 'bridge', name: 'br0' },
  });
  await until(
    async () => (await callInPage(page, 'tasks.taskGet', { taskId })).state,
    (state) => state === 'succeeded',
  );
}
