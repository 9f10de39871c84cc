import type { LineKind } from '../../../../shared/domains/billing/charge-rules.ts';
import type { LocalDate, Period } from '../../../../shared/kernel/local-date.ts';
import type { ChargeTable } from '../billing-tables.ts';

/**
 * Charges that no rating made: written by a person (`by-hand`), or those of a voided invoice once more (`again`). They say themselves
 * what a document says of them, because there may be no plan to ask.
 */
export interface DeskLine {
  readonly reason: 'by-hand' | 'again';
  readonly kind: LineKind;
  readonly planId: '';
  readonly plan: string;
  /** What it is of, where a person said so; absent: its plan tells. */
  readonly productId?: string;
  readonly vm: string;
  readonly from: LocalDate;
  readonly toExclusive: LocalDate;
}

/** Long past: rating never looks at such a line, and nothing repairs it. */
const NEVER_OPEN = '0001-01-01' as LocalDate;

/** Natural keys of {@link DeskLine}s, in `charge.reason`. */
export const byHandReason = (reference: string): string => `by-hand ${reference}`;
export const againReason = (invoiceId: string, lineNo: number): string => `again ${invoiceId} ${lineNo}`;

export function deskCharge(
  made: Omit<
    ChargeTable,
    'line' | 'explanation' | 'open_until' | 'gross_minor' | 'price_vat_rate' | 'version_id'
  > & {
    /** Of a price that has VAT in it. */
    readonly priced?: { readonly grossMinor: number; readonly vatRate: string } | undefined;
    readonly kept: Omit<DeskLine, 'planId' | 'from' | 'toExclusive'> & { readonly service: Period };
    readonly explained: Readonly<Record<string, unknown>>;
  },
): ChargeTable {
  const { kept, explained, priced, ...row } = made;
  const { service, ...said } = kept;
  const line: DeskLine = { ...said, planId: '', from: service.start, toExclusive: service.endExclusive };
  return {
    ...row,
    version_id: null,
    gross_minor: priced?.grossMinor ?? null,
    price_vat_rate: priced?.vatRate ?? null,
    line: JSON.stringify(line),
    explanation: JSON.stringify(explained),
    open_until: NEVER_OPEN,
  };
}

/** Null of whatever rating made. */
export function deskLine(row: Pick<ChargeTable, 'line'>): DeskLine | null {
  if (row.line === null) return null;
  const line = JSON.parse(row.line) as DeskLine | { readonly reason: string };
  return line.reason === 'by-hand' || line.reason === 'again' ? (line as DeskLine) : null;
}
