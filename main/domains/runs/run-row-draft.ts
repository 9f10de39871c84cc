import { sentenceOf } from '../../../shared/contract/outcome.ts';
import { invoicing } from '../../../shared/domains/billing/invoice-contract.ts';
import {
  changePermille,
  findingsOf,
  severityOf,
  type RunRowState,
} from '../../../shared/domains/runs/run-rules.ts';
import { clauseSentence } from '../../../shared/kernel/clause-sentence.ts';
import type { Period } from '../../../shared/kernel/local-date.ts';
import { vatWords, type Drafted, type InvoiceBefore, type InvoiceBody } from '../billing/billing-public.ts';
import type { CustomerFacts } from '../customers/customers-public.ts';
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

interface Facts {
  readonly run: RunRecord;
  readonly customer: CustomerFacts;
  readonly customerHash: string;
  readonly drafted: Drafted;
  readonly before: readonly InvoiceBefore[];
}

/** What comes of a customer; undefined where there is nothing now and was nothing before. */
export function draftRow(of: Facts): DraftedRow | undefined {
  const { run, customer, drafted } = of;
  const before = of.before.filter(({ currency }) => currency === customer.currency);
  const verdict = verdictOf(drafted);
  const beforeMinor = before.length === 0 ? null : before.reduce((sum, each) => sum + each.grossMinor, 0n);
  if (verdict.grossMinor === null && verdict.state === 'nothing' && beforeMinor === null) return undefined;
  const body = drafted.ok ? drafted.value.body : null;
  const compared = {
    state: verdict.state,
    grossMinor: verdict.grossMinor,
    beforeMinor,
    vat: body === null ? '' : vatWords(body.vatLines),
    vatBefore: before.at(-1)?.vat ?? '',
    hasLate:
      body !== null && hasLate(body, { start: run.period_start, endExclusive: run.period_end_exclusive }),
  };
  const findings = findingsOf(compared, {
    changePercent: run.change_percent,
    limitMinor: run.limit_minor === null ? null : BigInt(run.limit_minor),
  });
  const severity = severityOf(findings);
  const changeMinor = Number((verdict.grossMinor ?? 0n) - (beforeMinor ?? 0n));
  const charges = drafted.ok ? drafted.value.charges.map(({ chargeId, lineNo }) => [chargeId, lineNo]) : [];
  return {
    row: {
      run_id: run.id,
      customer_id: customer.id,
      customer_number: customer.number,
      customer_name: customer.name,
      currency: customer.currency,
      state: verdict.state,
      code: verdict.code,
      why: verdict.why || wordsOf(compared),
      findings: findingsText(findings),
      severity,
      before_minor: beforeMinor === null ? null : Number(beforeMinor),
      net_minor: body === null ? null : Number(body.netMinor),
      vat_minor: body === null ? null : Number(body.vatMinor),
      gross_minor: verdict.grossMinor === null ? null : Number(verdict.grossMinor),
      change_minor: changeMinor,
      change_permille: changePermille(verdict.grossMinor, beforeMinor),
      weight: severity * WEIGHT_OF_SEVERITY + Math.min(Math.abs(changeMinor), WEIGHT_OF_SEVERITY - 1),
      lines: body?.lines.length ?? 0,
      charges: charges.length,
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

interface Verdict {
  readonly state: RunRowState;
  readonly code: string;
  readonly why: string;
  readonly grossMinor: bigint | null;
}

/** Nothing charged is no fault; everything else that an invoice would be refused for holds it, with the sentence it is refused by. */
function verdictOf(drafted: Drafted): Verdict {
  if (drafted.ok)
    return { state: 'ready', code: '', why: '', grossMinor: BigInt(drafted.value.body.grossMinor) };
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

function hasLate(body: InvoiceBody, period: Period): boolean {
  return body.lines.some(({ service }) => service.endExclusive <= period.start);
}

function wordsOf(of: {
  readonly vat: string;
  readonly vatBefore: string;
  readonly beforeMinor: bigint | null;
}): string {
  const words: string[] = [];
  if (of.beforeMinor === null) words.push('nothing was invoiced the last time');
  if (of.vatBefore !== '' && of.vat !== of.vatBefore) words.push(`VAT was ${of.vatBefore}, is ${of.vat}`);
  return words.join('; ');
}
