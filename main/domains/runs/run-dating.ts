import { sentenceOf } from '../../../shared/contract/outcome.ts';
import { OPEN_RUN_STATES, type RunDocumentType } from '../../../shared/domains/runs/run-rules.ts';
import { runsContract, type BillingRunDetail } from '../../../shared/domains/runs/runs-contract.ts';
import { dayAt } from '../../../shared/kernel/local-date.ts';
import { companyById, mayBeIssuedOn } from '../billing/billing-public.ts';
import type { RunsDb } from './run-store.ts';
import { sumsOf } from './run-sums.ts';
import type { RunRecord } from './runs-tables.ts';

/** In whose name documents of a run are dated, where a sentence names who a document is for. */
export const THIS_RUN = 'this run';

/** What a document of a run is called in sentences about its date. */
export const DOCUMENT_WORDS: Readonly<Record<RunDocumentType, string>> = {
  invoice: 'invoice',
  'credit-note': 'credit note',
};

/** What an approval at this moment would be refused for because of its date, so that it is known while the rows are looked at. */
export async function datingOf(
  db: RunsDb,
  run: Pick<RunRecord, 'id' | 'company_id' | 'state' | 'issued_on'>,
  nowMs: number,
): Promise<BillingRunDetail['dating']> {
  const company = await companyById(db as never, run.company_id);
  const issuedOn = run.issued_on ?? dayAt(nowMs, company.time_zone);
  if (!OPEN_RUN_STATES.includes(run.state)) return { issuedOn, against: null };
  for (const type of await typesToPost(db, run.id)) {
    const may = await mayBeIssuedOn(db as never, company, { type, issuedOn, customer: THIS_RUN });
    if (may.ok) continue;
    const sentence = runsContract.runApprove.refusals[may.code];
    return {
      issuedOn,
      against: sentenceOf(sentence, { issuedOn, document: DOCUMENT_WORDS[type], ...may.facts }),
    };
  }
  return { issuedOn, against: null };
}

/** The series that a run would take numbers of: that of invoices, behind which all is taken, and that of credit notes where it has some. */
export async function typesToPost(db: RunsDb, runId: string): Promise<readonly RunDocumentType[]> {
  const sums = await sumsOf(db, [runId]);
  const hasCredits = sums.some(
    ({ state, document_type: type }) => state === 'ready' && type === 'credit-note',
  );
  return hasCredits ? ['invoice', 'credit-note'] : ['invoice'];
}
