import { afterEach, expect, it, vi } from 'vitest';
import { addDays, dayAt } from '../../shared/kernel/local-date.ts';
import { testCompany } from '../testing/billing-room.ts';
import { programForTest } from '../testing/program-for-test.ts';
import { describeOnPostgres } from '../testing/store-for-test.ts';
import { startEngine, type Engine } from './build-engine.ts';
import { readSettings } from './settings/settings.ts';
import { allSchema } from './all-schema.ts';

const DAY_MS = 86_400_000;

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
  vi.restoreAllMocks();
});

/** An engine on a machine whose clock is a day ahead of the database's. */
async function engineAhead(store: string): Promise<Engine> {
  const { now } = Date;
  vi.spyOn(Date, 'now').mockImplementation(() => now() + DAY_MS);
  const program = programForTest({ store });
  closing.push(program.close);
  const environment = { HOME: program.home, INNKEEPER_STORE: store, INNKEEPER_LOGIN: 'anna' };
  const engine = await startEngine({
    settings: readSettings({ environment }),
    hostKind: 'worker',
    logToFile: true,
  });
  closing.push(engine.stop);
  return engine;
}

describeOnPostgres('a workstation whose clock is a day ahead', ({ newAddress }) => {
  it('closes no day and dates no invoice and no price by its own clock', async () => {
    // Taken before and after: the test may run at midnight.
    const dayNow = (): string => dayAt(new Date().getTime(), testCompany.timeZone);
    const first = dayNow();
    const engine = await engineAhead(await newAddress(allSchema));
    const call = async (op: string, input: unknown): Promise<unknown> => {
      const called = await engine.call(op, input);
      return called.ok ? called.value : called.error;
    };
    await call('billing.companySave', testCompany);
    const { today } = (await call('billing.dayState', {})) as { today: string };
    expect([first, dayNow()]).toContain(today);

    expect(await call('billing.dayClose', { day: today })).toMatchObject({
      code: 'day-not-over',
      facts: { day: today },
    });

    const tomorrow = addDays(today as ReturnType<typeof addDays>, 1);
    const customer = { name: 'Acme', country: 'PL', currency: 'PLN' };
    const { customerId } = (await call('customers.customerCreate', customer)) as { customerId: string };
    const period = { periodStart: addDays(tomorrow, -3), periodEndExclusive: tomorrow };
    expect(await call('billing.invoiceCreate', { customerId, ...period, issuedOn: tomorrow })).toMatchObject({
      code: 'date-in-future',
      facts: { issuedOn: tomorrow, today },
    });

    const price = { currency: 'PLN', perMonth: '10', perVcpuHour: '0', perGibHour: '0' };
    const plan = { name: 'Small', description: '', prices: [price], validFrom: today };
    const { planId } = (await call('catalog.planCreate', plan)) as { planId: string };
    // Today's price is none of the past, as it would be by the machine's clock.
    expect(await call('catalog.planPriceSet', { planId, price, validFrom: today })).toHaveProperty('priceId');
  });
});
