import { sentenceOf } from '../../../shared/contract/outcome.ts';
import { invoicing } from '../../../shared/domains/billing/invoice-contract.ts';
import { addressGaps } from '../../../shared/domains/customers/address-gaps.ts';
import {
  changePermille,
  findingsOf,
  severityOf,
  type Compared,
  type Finding,
  type RunRowState,
} from '../../../shared/domains/runs/run-rules.ts';
import { clauseSentence } from '../../../shared/kernel/clause-sentence.ts';
import type { Period } from '../../../shared/kernel/local-date.ts';
import { money, moneyToDecimalText, type Currency, type Money } from '../../../shared/kernel/money.ts';
import { vatWords, type Drafted, type InvoiceBefore, type InvoiceBody } from '../billing/billing-public.ts';
import type { CustomerFacts } from '../customers/customers-public.ts';
import { creditsOverHalf, newWords } from './run-causes.ts';
import { inOwn, ownCurrencyOf } from './run-rates.ts';
import { hashOf } from './run-store.ts';
import { findingsText, type RowRecord, type RunRecord, type RunsTables } from './runs-tables.ts';

type BodyRecord = RunsTables['billing_run_body'];

/** A row before it has its place, and what the invoice would say. */
export interface DraftedRow {
  readonly row: Omit<RowRecord, 'id' | 'seq'>;
  readonly body: Omit<BodyRecord, 'row_id'> | null;
}

/** More than any change of one invoice: what is of a higher severity comes first, whatever its change. */
const WEIGHT_OF_SEVERITY = 10 ** 13;

export function weightOf(severity: number, ownChangeMinor: number): number {
  return severity * WEIGHT_OF_SEVERITY + Math.min(Math.abs(ownChangeMinor), WEIGHT_OF_SEVERITY - 1);
}

/** Charges of a document with their lines, and in line 0 those of the same customer and period that stand on another one of the run. */
export type ChargesOfRow = readonly (readonly [chargeId: string, lineNo: number])[];

function chargesOf(
  charges: readonly { readonly chargeId: string; readonly lineNo: number }[],
  asideIds: readonly string[],
): ChargesOfRow {
  return [
    ...charges.map(({ chargeId, lineNo }) => [chargeId, lineNo] as const),
    ...asideIds.map((id) => [id, 0] as const),
  ];
}

interface Facts {
  readonly run: RunRecord;
  readonly customer: CustomerFacts;
  readonly customerHash: string;
  readonly drafted: Drafted;
  readonly before: readonly InvoiceBefore[];
  readonly credit: Compared['credit'];
  /** Why its pages could not be drawn. */
  readonly layoutFault: string | undefined;
  /** What a minor unit of its currency is in those of the company's; null where no rate is known. */
  readonly ownFactor: number | null;
}

/** What comes of a customer; undefined where there is nothing now and was nothing before. */
export function draftRow(of: Facts): DraftedRow | undefined {
  const { run, customer } = of;
  const before = of.before.filter(({ currency }) => currency === customer.currency);
  const verdict = verdictOf(of);
  const beforeMinor = before.length === 0 ? null : before.reduce((sum, each) => sum + each.grossMinor, 0n);
  if (verdict.grossMinor === null && verdict.state === 'nothing' && beforeMinor === null) return undefined;
  const draft = of.drafted.ok && of.layoutFault === undefined ? of.drafted.value : null;
  const body = draft?.body ?? null;
  const compared = {
    state: verdict.state,
    grossMinor: verdict.grossMinor,
    limitedMinor: limitedOf(of, verdict.grossMinor),
    beforeMinor,
    vat: body === null ? '' : vatWords(body.vatLines),
    vatBefore: before.at(-1)?.vat ?? '',
    credit: of.credit,
    hasLate:
      body !== null && hasLate(body, { start: run.period_start, endExclusive: run.period_end_exclusive }),
    addressGaps: addressGaps(customer),
  };
  const findings = findingsOf(compared, {
    changePercent: run.change_percent,
    limitMinor: run.limit_minor === null ? null : BigInt(run.limit_minor),
  });
  const severity = severityOf(findings);
  const changeMinor = Number((verdict.grossMinor ?? 0n) - (beforeMinor ?? 0n));
  const ownChangeMinor = inOwn(changeMinor, of.ownFactor);
  const charges = draft === null ? [] : chargesOf(draft.charges, draft.asideIds);
  return {
    row: {
      run_id: run.id,
      document_type: 'invoice',
      credits_id: null,
      credits_number: '',
      customer_id: customer.id,
      customer_number: customer.number,
      customer_name: customer.name,
      currency: customer.currency,
      state: verdict.state,
      code: verdict.code,
      why: whyOf(
        verdict,
        wordsOf({
          ...compared,
          findings,
          customerName: customer.name,
          currency: customer.currency,
          limit: limitOf(run),
          body,
          hasCredits: (draft?.asideIds.length ?? 0) > 0,
        }),
      ),
      findings: findingsText(findings),
      severity,
      before_minor: beforeMinor === null ? null : Number(beforeMinor),
      net_minor: body === null ? null : Number(body.netMinor),
      vat_minor: body === null ? null : Number(body.vatMinor),
      gross_minor: verdict.grossMinor === null ? null : Number(verdict.grossMinor),
      change_minor: changeMinor,
      change_permille: changePermille(verdict.grossMinor, beforeMinor),
      own_change_minor: ownChangeMinor,
      own_gross_minor: inOwn(verdict.grossMinor, of.ownFactor),
      own_before_minor: inOwn(beforeMinor, of.ownFactor),
      weight: weightOf(severity, ownChangeMinor),
      lines: body?.lines.length ?? 0,
      charges: charges.length,
      advances_minor: Number(draft?.advances.openMinor ?? 0n),
      ...settledIn(body),
      customer_hash: of.customerHash,
      body_hash: body === null ? '' : hashOf([body, charges]),
      decision: '',
      decision_note: '',
      decided_by: '',
      invoice_id: null,
      number: null,
    },
    body: body && { run_id: run.id, body: JSON.stringify(body), charges: JSON.stringify(charges) },
  };
}

function settledIn(body: InvoiceBody | null): Pick<RowRecord, 'settled_minor' | 'settled_until'> {
  const settles = body?.settles ?? [];
  return {
    settled_minor: settles.reduce((sum, { grossMinor }) => sum + Number(grossMinor), 0),
    settled_until:
      settles
        .map(({ issuedOn }) => issuedOn)
        .toSorted()
        .at(-1) ?? '',
  };
}

interface Verdict {
  readonly state: RunRowState;
  readonly code: string;
  readonly why: string;
  readonly grossMinor: bigint | null;
}

/** Nothing charged is no fault; everything else that an invoice would be refused for holds it, with the sentence it is refused by. */
function verdictOf({ drafted, layoutFault, customer }: Facts): Verdict {
  if (layoutFault !== undefined) {
    const why = `The pages of the invoice of ${customer.name} cannot be drawn by ${layoutFault}.`;
    return { state: 'held', code: 'layout-fails', why, grossMinor: null };
  }
  if (drafted.ok)
    return {
      state: 'ready',
      code: '',
      why: drafted.value.advances.leftAlone.join(' '),
      grossMinor: BigInt(drafted.value.body.grossMinor),
    };
  const { code, facts } = drafted;
  if (code !== 'nothing-to-invoice')
    return { state: 'held', code, why: sentenceOf(invoicing[code], facts), grossMinor: null };
  const netMinor = typeof facts['netMinor'] === 'string' ? BigInt(facts['netMinor']) : null;
  return {
    state: netMinor !== null && netMinor < 0n ? 'held' : 'nothing',
    code,
    why: clauseSentence(String(facts['reason'])),
    // Without its VAT, which nobody has worked out: it is below 0 or 0 with it as well.
    grossMinor: netMinor,
  };
}

/** Of what is invoiced both what is said of it and what makes it remarkable; of the rest why it is not invoiced. */
function whyOf({ state, why }: Verdict, words: string): string {
  return state === 'ready' ? [words, why].filter(Boolean).join('; ') : why || words;
}

function hasLate(body: InvoiceBody, period: Period): boolean {
  return body.lines.some(({ service }) => service.endExclusive <= period.start);
}

function wordsOf(
  of: Compared & {
    readonly findings: readonly Finding[];
    readonly customerName: string;
    readonly currency: Currency;
    readonly limit: Money | null;
    readonly body: InvoiceBody | null;
    readonly hasCredits: boolean;
  },
): string {
  const words: string[] = [];
  if (of.findings.includes('over-limit')) words.push(overLimitWords(of));
  if (of.findings.includes('large')) words.push(largeWords(of));
  if (of.beforeMinor === null)
    words.push((of.body && newWords(of.body.lines)) || 'nothing was invoiced the last time');
  if (of.body !== null && creditsOverHalf(of.body.lines)) words.push('credits over half of what is charged');
  if (of.hasCredits) words.push('what was taken back of earlier invoices is credited apart');
  if (of.hasLate) words.push('with charges of earlier periods');
  if (of.vatBefore !== '' && of.vat !== of.vatBefore) words.push(`VAT was ${of.vatBefore}, is ${of.vat}`);
  if (of.findings.includes('missing-data'))
    words.push(`without the ${of.addressGaps} of ${of.customerName}, which an invoice must state`);
  return words.join('; ');
}

/** What the limit of a run is in: its currency, or that in which rows of several are compared. */
function limitCurrencyOf(run: RunRecord): Currency | null {
  return run.currency === '' ? ownCurrencyOf(run) : run.currency;
}

function limitOf(run: RunRecord): Money | null {
  const currency = limitCurrencyOf(run);
  return run.limit_minor === null || currency === null ? null : money(BigInt(run.limit_minor), currency);
}

/** What a row comes to in the currency of the limit; 10,000 forints are not 10,000 euros. */
export function limitedOf(
  { run, customer, ownFactor }: Pick<Facts, 'run' | 'customer' | 'ownFactor'>,
  grossMinor: bigint | null,
): bigint | null {
  if (grossMinor === null || customer.currency === limitCurrencyOf(run)) return grossMinor;
  return ownFactor === null ? null : BigInt(inOwn(grossMinor, ownFactor));
}

/** With what it was compared as, where it is in another currency. */
function largeWords(of: {
  readonly limit: Money | null;
  readonly limitedMinor: bigint | null;
  readonly currency: Currency;
}): string {
  const { limit, limitedMinor } = of;
  if (limit === null || limitedMinor === null) return '';
  const said = (amount: Money): string => `${moneyToDecimalText(amount)} ${amount.currency}`;
  const compared = money(limitedMinor, limit.currency);
  return `over ${said(limit)}${of.currency === limit.currency ? '' : `, compared as ${said(compared)}`}`;
}

function overLimitWords({
  credit,
  grossMinor,
  currency,
}: Compared & { readonly currency: Currency }): string {
  if (credit === null || grossMinor === null) return '';
  const { owedMinor: owed, limitMinor: limit } = credit;
  const said = (minor: bigint): string => `${moneyToDecimalText(money(minor, currency))} ${currency}`;
  const before = owed < 0n ? `has paid ${said(-owed)} ahead` : `owes ${said(owed)}`;
  return `${before}, with this invoice ${said(owed + grossMinor)}: over its credit limit of ${said(limit)}`;
}
