import type { ListFieldsDeclared } from '../../kernel/list-fields.ts';
import { CURRENCIES } from '../../kernel/money.ts';

/** What the list of customers can be asked by. */
export const CUSTOMER_FIELDS = {
  name: { kind: 'text', hint: 'a part of the name' },
  number: { kind: 'text', hint: 'C-20871' },
  country: { kind: 'word', hint: 'PL, CZ, DE, …' },
  currency: { kind: 'word', hint: 'EUR, PLN, …', values: Object.keys(CURRENCIES) },
  kind: { kind: 'word', hint: 'company or person', values: ['company', 'person'] },
  active: { kind: 'word', hint: 'yes, or no for archived', values: ['yes', 'no'] },
  vat: {
    kind: 'word',
    hint: 'what VIES said of its VAT id',
    values: ['valid', 'invalid', 'unknown', 'never'],
  },
  checked: { kind: 'instant', hint: 'when VIES last said yes or no: checked<-30d' },
  address: { kind: 'word', hint: 'missing: invoices must have it', values: ['complete', 'missing'] },
  created: { kind: 'instant', hint: 'created>-30d' },
} as const satisfies ListFieldsDeclared;
