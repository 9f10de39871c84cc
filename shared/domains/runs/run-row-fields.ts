import type { ListFieldsDeclared } from '../../kernel/list-fields.ts';
import { CURRENCIES } from '../../kernel/money.ts';
import {
  FINDING_CODES,
  NO_FINDING,
  RUN_DOCUMENT_TYPES,
  RUN_ROW_STATES,
  RUN_SEVERITIES,
} from './run-rules.ts';

/** What the preview of a billing run can be asked by. */
export const RUN_ROW_FIELDS = {
  customer: { kind: 'text', hint: 'a part of the name' },
  number: { kind: 'text', hint: 'C-20871' },
  type: { kind: 'word', hint: 'invoice or credit-note', values: [...RUN_DOCUMENT_TYPES] },
  state: { kind: 'word', hint: 'ready, held, nothing, …', values: [...RUN_ROW_STATES] },
  finding: { kind: 'word', hint: 'new, gone, changed, none, …', values: [...FINDING_CODES, NO_FINDING] },
  severity: { kind: 'word', hint: 'high, check or none', values: [...RUN_SEVERITIES] },
  decision: { kind: 'word', hint: 'open, accepted or left-out', values: ['open', 'accepted', 'left-out'] },
  currency: { kind: 'word', hint: 'EUR, PLN, …', values: Object.keys(CURRENCIES) },
  why: { kind: 'text', hint: 'a word of why it changed or is held' },
  percent: { kind: 'number', hint: 'percent>20' },
} as const satisfies ListFieldsDeclared;
