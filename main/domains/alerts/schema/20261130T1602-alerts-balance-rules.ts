import type { SchemaStep } from '../../../platform/store/schema-step.ts';

interface Tables {
  alert_rule: {
    id: string;
    name: string;
    condition: string;
    severity: string;
    hold_seconds: number;
    clear_seconds: number;
    enabled: number;
    problem: string;
  };
}

const RULES = [
  ['balance-exhausted', 'Prepaid balance used up', { kind: 'balance', state: 'exhausted' }],
  ['balance-over-limit', 'Over the credit limit', { kind: 'balance', state: 'over-limit' }],
] as const;

/** What is watched of balances; all of it can be changed and switched off. */
export const alertsBalanceRules: SchemaStep = {
  id: '20261130T1602-alerts-balance-rules',
  async up(to) {
    const db = to.tables<Tables>();
    await db
      .insertInto('alert_rule')
      .values(
        RULES.map(([key, name, condition]) => ({
          id: `rule_${key}`,
          name,
          condition: JSON.stringify(condition),
          severity: 'warning',
          hold_seconds: 0,
          clear_seconds: 60,
          enabled: 1,
          problem: '',
        })),
      )
      // Somebody has a rule of this name already: it stays as it is.
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  },
};
