import { afterAll, afterEach, beforeEach, expect, it } from 'vitest';
import {
  closeDays,
  closePressForTest,
  openBillingRoom,
  sell,
  type BillingRoom,
} from '../../testing/billing-room.ts';
import { describeOnBothStores } from '../../testing/store-for-test.ts';
import { startViesStandIn, type ViesBehaviour, type ViesStandIn } from '../../testing/vies-stand-in.ts';

let vies: ViesStandIn;
beforeEach(async () => {
  vies = await startViesStandIn();
});
afterEach(async () => {
  await vies.close();
});
afterAll(closePressForTest);

const september = { periodStart: '2026-09-01', periodEndExclusive: '2026-10-01' } as const;
const VAT_ID = 'CZ27082440';

describeOnBothStores('the VAT id of a customer, asked of VIES', (stores) => {
  const open = async (): Promise<BillingRoom> => await openBillingRoom(stores, { vies: vies.address });
  const czech = async (room: BillingRoom): Promise<string> =>
    (
      await room.call('customers.customerCreate', {
        name: 'Alza',
        country: 'CZ',
        currency: 'EUR',
        vatId: VAT_ID,
      })
    ).customerId;

  it('is asked about in our name, and the answer is kept with its number and time', async () => {
    const room = await open();
    const customerId = await czech(room);
    expect(await room.call('customers.customerGet', { customerId })).toMatchObject({ vatCheck: null });
    vies.behave(VAT_ID, { valid: true, name: 'Alza.cz a.s.', address: 'Praha 7' });
    const check = await room.call('customers.customerVatCheck', { customerId });
    expect(check).toEqual({
      result: 'valid',
      detail: '',
      requestIdentifier: 'WAPIAAAAX0000001',
      name: 'Alza.cz a.s.',
      address: 'Praha 7',
      checkedAt: '2026-10-01T08:00:00.000Z',
      unansweredSince: null,
    });
    expect(vies.asked).toEqual([
      {
        countryCode: 'CZ',
        vatNumber: '27082440',
        requesterMemberStateCode: 'PL',
        requesterNumber: '5252344078',
      },
    ]);
    expect(await room.call('customers.customerGet', { customerId })).toMatchObject({ vatCheck: check });
  });

  const answers: readonly (readonly [string, ViesBehaviour, string, RegExp])[] = [
    ['no', { valid: false }, 'invalid', /^$/],
    ['an error with status 200', { error: 'MS_UNAVAILABLE' }, 'unknown', /^MS_UNAVAILABLE$/],
    ['an error with its status', { error: 'MS_MAX_CONCURRENT_REQ', status: 500 }, 'unknown', /^MS_MAX/],
    ['that our question is malformed', { error: 'INVALID_INPUT', status: 400 }, 'unknown', /^INVALID_INPUT$/],
    ['a page in HTML', { text: '<html>Gateway</html>', status: 502 }, 'unknown', /status 502 and no verdict/],
    ['JSON of another kind', { text: '{"isOk":true}', status: 200 }, 'unknown', /status 200/],
    ['nothing: it hangs up', 'hangs-up', 'unknown', /cannot be reached/],
  ];
  it.each(answers)('answers %s', async (_what, behaviour, result, detail) => {
    const room = await open();
    const customerId = await czech(room);
    vies.behave(VAT_ID, behaviour);
    const check = await room.call('customers.customerVatCheck', { customerId });
    expect(check).toMatchObject({ result, detail: expect.stringMatching(detail) as string });
  });

  it('stays what it was when VIES does not answer later, and that is said', async () => {
    const room = await open();
    const customerId = await czech(room);
    vies.behave(VAT_ID, { valid: true });
    await room.call('customers.customerVatCheck', { customerId });
    room.setNow('2026-10-02T08:00:00Z');
    vies.behave(VAT_ID, { error: 'MS_UNAVAILABLE' });
    expect(await room.call('customers.customerVatCheck', { customerId })).toMatchObject({
      result: 'valid',
      checkedAt: '2026-10-01T08:00:00.000Z',
      unansweredSince: '2026-10-02T08:00:00.000Z',
      detail: 'MS_UNAVAILABLE',
    });
    room.setNow('2026-10-03T08:00:00Z');
    vies.behave(VAT_ID, { valid: false });
    expect(await room.call('customers.customerVatCheck', { customerId })).toMatchObject({
      result: 'invalid',
      unansweredSince: null,
    });
  });

  it('is of that id: another one was not asked about', async () => {
    const room = await open();
    const customerId = await czech(room);
    vies.behave(VAT_ID, { valid: true });
    await room.call('customers.customerVatCheck', { customerId });
    const moved = { customerId, name: 'Alza', country: 'DE', currency: 'EUR', vatId: 'DE136695976' } as const;
    await room.call('customers.customerSave', moved);
    expect(await room.call('customers.customerGet', { customerId })).toMatchObject({ vatCheck: null });
  });

  it.each([
    ['without a VAT id', { country: 'CZ' }, 'no-vat-id'],
    ['outside the EU', { country: 'CH', vatId: 'CHE123456788' }, 'not-in-eu'],
  ] as const)('is not asked about for a customer %s', async (_what, fields, code) => {
    const room = await open();
    const customer = { name: 'Muster', currency: 'EUR', ...fields } as const;
    const { customerId } = await room.call('customers.customerCreate', customer);
    expect(await room.refused('customers.customerVatCheck', { customerId })).toMatchObject({ code });
    expect(vies.asked).toEqual([]);
  });

  it.each([
    ['was not asked', undefined, undefined, /was not asked about CZ27082440/],
    ['does not answer', { error: 'MS_UNAVAILABLE' }, 'unknown', /did not answer about CZ27082440/],
    ['says yes', { valid: true }, 'valid', /^$/],
  ] as const)(
    'flags a reverse charge when VIES %s, and holds nothing up',
    async (_what, behaviour, result, warning) => {
      const room = await open();
      const customer = { country: 'CZ', vatId: VAT_ID, street: 'Jateční 33a', city: 'Praha' } as const;
      const { customerId } = await sell(room, { vm: 'vm-1', startsOn: '2026-09-29', customer });
      await closeDays(room, '2026-09-29', '2026-10-01');
      if (behaviour !== undefined) {
        vies.behave(VAT_ID, behaviour);
        await room.call('customers.customerVatCheck', { customerId });
      }
      const preview = await room.call('billing.invoicePreview', { customerId, ...september });
      expect(preview.warnings.join(' ')).toMatch(warning);
      const { invoiceId } = await room.call('billing.invoiceCreate', { customerId, ...september });
      const { vatEvidence } = await room.call('billing.invoiceGet', { invoiceId });
      expect(vatEvidence?.result).toBe(result);
      expect(vatEvidence?.requestIdentifier ?? '').toBe(result === 'valid' ? 'WAPIAAAAX0000001' : '');
    },
  );

  it('holds a reverse charge that VIES says has no ground, by name, and nothing else', async () => {
    const room = await open();
    const customer = { country: 'CZ', vatId: VAT_ID } as const;
    const { customerId } = await sell(room, { vm: 'vm-1', startsOn: '2026-09-29', customer });
    await closeDays(room, '2026-09-29', '2026-10-01');
    await room.call('customers.customerVatCheck', { customerId });
    expect(await room.refused('billing.invoiceCreate', { customerId, ...september })).toMatchObject({
      code: 'vat-unclear',
      facts: { customer: 'Klient vm-1', reason: expect.stringContaining(VAT_ID) as string },
    });
    vies.behave(VAT_ID, { valid: true });
    room.setNow('2026-10-01T09:00:00Z');
    await room.call('customers.customerVatCheck', { customerId });
    expect((await room.call('billing.invoiceCreate', { customerId, ...september })).number).toBe(
      'FV 2026/10/0001',
    );
  });
});
