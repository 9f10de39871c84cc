import { afterAll, expect, onTestFinished, test } from 'vitest';
import { localDate } from '../../../shared/kernel/local-date.ts';
import { AlertsRoom } from '../../testing/alerts-room.ts';
import { closePressForTest } from '../../testing/billing-room.ts';
import { workingRoom } from '../../testing/domains-room.ts';
import { describeOnBothStores } from '../../testing/store-for-test.ts';
import type { BalancesTables } from '../balances/balances-tables.ts';

afterAll(closePressForTest);

describeOnBothStores('rules about balances', (stores) => {
  test('who has used up a balance, or owes more than may be owed, is found by name', async () => {
    const room = await workingRoom(stores);
    onTestFinished(room.close);
    const alerts = new AlertsRoom(room);
    const balances = room.store.tables<BalancesTables>();
    const made: string[] = [];
    for (const [n, name] of ['Alder', 'Birch', 'Cedar', 'Damson'].entries()) {
      const customer = { name, country: 'SK', currency: 'EUR' } as const;
      const { customerId } = (await room.call('customers.customerCreate', customer)) as {
        customerId: string;
      };
      made.push(customerId);
      await balances
        .insertInto('balance_state')
        .values({
          customer_id: customerId,
          mode: n === 3 ? 'postpaid' : 'prepaid',
          state: (['ok', 'low', 'exhausted', 'over-limit'] as const)[n]!,
          balance_minor: [9_000, 500, -1_250, -70_005][n]!,
          currency: 'EUR',
          since: localDate('2026-11-28'),
        })
        .execute();
    }
    const low = 'Birch: The balance is low since 2026-11-28: 5.00 EUR.';
    const exhausted = 'Cedar: The balance is used up since 2026-11-28: -12.50 EUR.';
    const over = 'Damson: 700.05 EUR are owed, more than the credit limit, since 2026-11-28.';
    for (const [state, expected] of [
      ['low', [low, exhausted]],
      ['exhausted', [exhausted]],
      ['over-limit', [over]],
    ] as const) {
      await alerts.tables.deleteFrom('alert').execute();
      await alerts.tables.deleteFrom('alert_rule').execute();
      await room.call('alerts.ruleSave', {
        name: 'R',
        condition: { kind: 'balance', state },
        severity: 'warning',
        holdSeconds: 0,
        enabled: true,
      });
      await alerts.look();
      const found = await alerts.tables.selectFrom('alert').selectAll().orderBy('subject_name').execute();
      expect(found.map((row) => `${row.subject_name}: ${row.detail}`)).toEqual(expected);
      expect(made).toContain(found[0]?.subject_id);
    }
  });
});
