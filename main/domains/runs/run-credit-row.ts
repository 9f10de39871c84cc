import { sentenceOf, type Outcome } from '../../../shared/contract/outcome.ts';
import { creditOperations } from '../../../shared/domains/billing/credit-contract.ts';
import { creditFindings, severityOf } from '../../../shared/domains/runs/run-rules.ts';
import type { CreditDraft, CreditRefusal, RepairsAside } from '../billing/billing-public.ts';
import type { CustomerFacts } from '../customers/customers-public.ts';
import { inOwn } from './run-rates.ts';
import { limitedOf, weightOf, type ChargesOfRow, type DraftedRow } from './run-row-draft.ts';
import { hashOf } from './run-store.ts';
import { findingsText, type RunRecord } from './runs-tables.ts';

interface Facts {
  readonly run: RunRecord;
  readonly customer: CustomerFacts;
  readonly customerHash: string;
  readonly credit: RepairsAside;
  /** Undefined: what is to be credited changed while it was read. */
  readonly drafted: Outcome<CreditDraft, CreditRefusal> | undefined;
  /** Why its pages could not be drawn. */
  readonly layoutFault: string | undefined;
  readonly ownFactor: number | null;
}

/** The credit note of one invoice, as a row: before it there was nothing, so all of it is its change. */
export function draftCreditRow(of: Facts): DraftedRow {
  const { run, customer, credit, drafted } = of;
  const against = heldFor(of);
  const draft = against === undefined && drafted?.ok === true ? drafted.value : null;
  const body = draft?.body ?? null;
  const grossMinor = body === null ? null : Number(body.grossMinor);
  const state = draft === null ? 'held' : 'ready';
  const limitMinor = run.limit_minor === null ? null : BigInt(run.limit_minor);
  const limitedMinor = limitedOf(of, grossMinor === null ? null : BigInt(grossMinor));
  const findings = creditFindings({ state, limitedMinor }, limitMinor);
  const severity = severityOf(findings);
  const ownMinor = inOwn(grossMinor, of.ownFactor);
  const charges = draft === null ? [] : creditedCharges(draft);
  const said = body && { run_id: run.id, body: JSON.stringify(body), charges: JSON.stringify(charges) };
  return {
    row: {
      run_id: run.id,
      document_type: 'credit-note',
      credits_id: credit.invoiceId,
      credits_number: credit.number,
      customer_id: customer.id,
      customer_number: customer.number,
      customer_name: customer.name,
      currency: customer.currency,
      state,
      code: against?.code ?? '',
      why: against?.why ?? `credit note of ${credit.number}: ${credit.reason}`,
      findings: findingsText(findings),
      severity,
      before_minor: null,
      net_minor: body === null ? null : Number(body.netMinor),
      vat_minor: body === null ? null : Number(body.vatMinor),
      gross_minor: grossMinor,
      change_minor: grossMinor ?? 0,
      change_permille: null,
      own_change_minor: ownMinor,
      own_gross_minor: ownMinor,
      own_before_minor: 0,
      weight: weightOf(severity, ownMinor),
      lines: body?.lines.length ?? 0,
      charges: charges.length,
      advances_minor: 0,
      settled_minor: 0,
      settled_until: '',
      customer_hash: of.customerHash,
      body_hash: body === null ? '' : hashOf([body, charges, credit.invoiceId]),
      decision: '',
      decision_note: '',
      decided_by: '',
      invoice_id: null,
      number: null,
    },
    body: said,
  };
}

/** Repairs that a credit note settles, each with its line; lines that must go with those settle none. */
export function creditedCharges({ parts }: CreditDraft): ChargesOfRow {
  return parts.flatMap(({ repair }, at) =>
    repair === undefined ? [] : [[repair.chargeId, at + 1] as const],
  );
}

function heldFor({
  customer,
  credit,
  drafted,
  layoutFault,
}: Facts): { code: string; why: string } | undefined {
  const { number } = credit;
  if (drafted === undefined) {
    const why = `What is left of ${number} of ${customer.name} changed while the preview was made: preview the run again.`;
    return { code: 'changed-meanwhile', why };
  }
  if (!drafted.ok) {
    const { code, facts } = drafted;
    return { code, why: sentenceOf(creditOperations.creditPreview.refusals[code], facts) };
  }
  if (layoutFault === undefined) return undefined;
  const why = `The pages of the credit note of ${number} of ${customer.name} cannot be drawn by ${layoutFault}.`;
  return { code: 'layout-fails', why };
}
