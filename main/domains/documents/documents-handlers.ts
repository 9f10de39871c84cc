import type { DomainHandlers } from '../../../shared/contract/handlers.ts';
import { done, refuse } from '../../../shared/contract/outcome.ts';
import type { documentsContract } from '../../../shared/domains/documents/documents-contract.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import { fileNameOf } from '../billing/billing-public.ts';
import { contractIssue } from './contract-issue.ts';
import type { DocumentsParts } from './documents-parts.ts';
import type { DocumentsTables } from './documents-tables.ts';
import { paperById, paperDetail, paperList } from './paper-store.ts';
import { printPaper } from './paper-print.ts';
import { proFormaAdvance } from './pro-forma-advance.ts';
import { proFormaInvoice, proFormaIssue } from './pro-forma-issue.ts';
import { receiptIssue } from './receipt-issue.ts';
import { reconciliationIssue } from './reconciliation-issue.ts';
import { serviceActIssue } from './act-issue.ts';
import { statementIssue } from './statement-issue.ts';

export function documentsHandlers(
  parts: DocumentsParts,
): DomainHandlers<typeof documentsContract, CallContext> {
  return {
    proFormaIssue: async (input, context) => await proFormaIssue(parts, input, context),
    proFormaInvoice: async (input, context) => await proFormaInvoice(parts, input, context),
    proFormaAdvance: async (input, context) => await proFormaAdvance(parts, input, context),
    receiptIssue: async (input, context) => await receiptIssue(parts, input, context),
    serviceActIssue: async (input, context) => await serviceActIssue(parts, input, context),
    contractIssue: async (input, context) => await contractIssue(parts, input, context),
    statementIssue: async (input, context) => await statementIssue(parts, input, context),
    reconciliationIssue: async (input, context) => await reconciliationIssue(parts, input, context),
    documentList: async (input, context) => done(await paperList(context.tables(), input)),
    documentGet: async ({ documentId }, context) => {
      const detail = await paperDetail(context.tables(), documentId);
      return detail === undefined ? refuse('no-such-document', { documentId }) : done(detail);
    },
    documentJson: async ({ documentId }, context) => {
      const paper = await paperById(context.tables<DocumentsTables>(), documentId);
      if (paper === undefined) return refuse('no-such-document', { documentId });
      const { number, document: json, hash: sha256 } = paper;
      return done({ fileName: `${fileNameOf(number)}.json`, json, sha256 });
    },
    documentPdf: async ({ documentId }, context) => {
      const db = context.tables<DocumentsTables>();
      const paper = await paperById(db, documentId);
      if (paper === undefined) return refuse('no-such-document', { documentId });
      const { bytes, sha256 } = await printPaper(parts, db, paper);
      const base64 = Buffer.from(bytes).toString('base64');
      return done({ fileName: `${fileNameOf(paper.number)}.pdf`, base64, sha256 });
    },
  };
}
