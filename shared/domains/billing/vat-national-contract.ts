import { z } from 'zod';
import { moneySchema } from '../../kernel/money.ts';

const rated = z.object({
  /** Decimal, such as `33.45`. */
  amount: z.string(),
  source: z.enum(['ECB', 'NBP']),
  day: z.string(),
  /** `1 EUR = 4.2613 PLN` */
  quotes: z.array(z.string()),
});

/** VAT in the currency of the state it is owed to, where that is another one than the document's. */
export const vatNational = rated
  .extend({
    currency: z.string(),
    /** Of a credit note that takes back what was taxed at several rates: each by itself, with the VAT it is of. */
    parts: z.array(rated.extend({ of: moneySchema })),
  })
  .nullable();
