import { sql } from 'kysely';

/**
 * SQL of lines of the ledger: what they add to what a customer owes, receivables less advances. A payment that stands on no invoice yet is a
 * debt of ours; putting it on one moves nothing.
 */
export const netOwed = sql<number>`sum((case when debit in ('receivables', 'advances') then amount_minor else 0 end)
  - (case when credit in ('receivables', 'advances') then amount_minor else 0 end))`;

export const movesOwed = sql<boolean>`(debit in ('receivables', 'advances') or credit in ('receivables', 'advances'))`;
