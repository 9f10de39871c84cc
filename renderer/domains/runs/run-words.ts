import {
  monthName,
  periodBefore,
  periodWords,
  type RunDocumentType,
  type RunState,
} from '../../../shared/domains/runs/run-rules.ts';
import type { BillingRun } from '../../../shared/domains/runs/runs-contract.ts';
import { localDate, type Period } from '../../../shared/kernel/local-date.ts';
import { formatCount, formatDatesIn } from '../../ui/format.ts';

/** States of a billing run as pages say them. */
export const RUN_STATE_WORDS: Readonly<Record<RunState, string>> = {
  previewing: 'Being previewed',
  ready: 'Waits for approval',
  returned: 'Returned',
  posting: 'Being posted',
  stopped: 'Stopped',
  failed: 'No preview',
  posted: 'Posted',
  aborted: 'Aborted',
};

/** What a row would be, or is. */
export const DOCUMENT_WORDS: Readonly<Record<RunDocumentType, string>> = {
  invoice: 'Invoice',
  'credit-note': 'Credit note',
};

/** `5,000 invoices and 12 credit notes`: of so many documents, those that are credit notes. */
export function documentsWords(all: number, credits: number): string {
  const some = (count: number, noun: string): string =>
    `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`;
  if (credits === 0) return some(all, 'invoice');
  if (credits === all) return some(credits, 'credit note');
  return `${some(all - credits, 'invoice')} and ${some(credits, 'credit note')}`;
}

type RunPeriod = Pick<BillingRun, 'periodStart' | 'periodEndExclusive'>;

/** What the two sides of a comparison are called: `August` and `July`; `Now` and `Before` where the period is no month. */
export function sidesOf(run: RunPeriod): {
  readonly now: string;
  readonly before: string;
  readonly isMonth: boolean;
} {
  const period = periodOf(run);
  const [now, before] = [monthName(period), monthName(periodBefore(period))];
  return now === null || before === null
    ? { now: 'Now', before: 'Before', isMonth: false }
    : { now, before, isMonth: true };
}

/** `July`, or the first and last day of the period before. */
export function beforeWords(run: RunPeriod): string {
  const before = periodBefore(periodOf(run));
  return monthName(before) ?? formatDatesIn(periodWords(before));
}

function periodOf(run: RunPeriod): Period {
  return { start: localDate(run.periodStart), endExclusive: localDate(run.periodEndExclusive) };
}

/** Why a row is as it is, as a sentence or its beginning. */
export function reasonText(why: string): string {
  return formatDatesIn(why.charAt(0).toUpperCase() + why.slice(1));
}
