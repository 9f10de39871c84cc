import '../billing/billing.css';
import { useState } from 'react';
import { Link, useLocation } from 'wouter';
import IconCashBanknote from '@tabler/icons-react/dist/esm/icons/IconCashBanknote.mjs';
import IconFileInvoice from '@tabler/icons-react/dist/esm/icons/IconFileInvoice.mjs';
import type { PaperDetail } from '../../../shared/domains/documents/documents-contract.ts';
import { useCommand } from '../../client/use-command.ts';
import { useEnvironmentName } from '../../client/use-environment-name.ts';
import { useMay } from '../../client/use-may.ts';
import { useQuery } from '../../client/use-query.ts';
import { useAddressParam } from '../../ui/address.ts';
import { ActionButton } from '../../ui/button.tsx';
import { CopyButton } from '../../ui/copy-button.tsx';
import type { DetailStep } from '../../ui/detail-step.ts';
import { ConfirmDialog } from '../../ui/dialog.tsx';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { MoneyText } from '../../ui/figures.tsx';
import { formatDay } from '../../ui/format.ts';
import { KeyValues } from '../../ui/key-values.tsx';
import { Timestamp } from '../../ui/moment.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { DetailHead } from '../../ui/split-view.tsx';
import { Tabs } from '../../ui/tabs.tsx';
import { toast } from '../../ui/toast.ts';
import { PdfView, SavePdfButton } from '../billing/pdf-view.tsx';
import { JsonButton } from '../billing/save-json-button.tsx';
import { ProFormaAdvanceDialog } from './pro-forma-advance-dialog.tsx';
import { KIND_WORDS } from './document-words.ts';

const TABS = [
  { key: 'document', label: 'Document' },
  { key: 'facts', label: 'Facts' },
] as const;

function Facts({ paper }: { paper: PaperDetail }) {
  return (
    <KeyValues
      columns={2}
      facts={[
        {
          label: 'Customer',
          value: (
            <Link href={`/customers/${paper.customerId}`} className="ik-link">
              {paper.customer}
            </Link>
          ),
          wide: true,
        },
        { label: 'Issued', value: formatDay(paper.issuedOn) },
        { label: 'Entered', value: <Timestamp dated atMs={Date.parse(paper.issuedAt)} /> },
        { label: 'Amount', value: <MoneyText money={paper.amount} /> },
        ...(paper.invoice
          ? [
              {
                label: 'Became',
                value: (
                  <Link href={`/invoices/${paper.invoice.invoiceId}`} className="ik-link">
                    {paper.invoice.number}
                  </Link>
                ),
              },
            ]
          : []),
        ...(paper.advances.length === 0
          ? []
          : [
              {
                label: 'Advance invoices',
                wide: true,
                value: paper.advances.map((advance, at) => (
                  <span key={advance.invoiceId}>
                    {at === 0 ? null : ', '}
                    <Link href={`/invoices/${advance.invoiceId}`} className="ik-link">
                      {advance.number}
                    </Link>{' '}
                    <MoneyText money={advance.gross} />
                  </span>
                )),
              },
            ]),
        ...(paper.paymentId === null
          ? []
          : [
              {
                label: 'Of',
                value: (
                  <Link href={`/payments/${paper.paymentId}`} className="ik-link">
                    The payment
                  </Link>
                ),
              },
            ]),
      ]}
    />
  );
}

/** One document as it was issued, and what holds it. */
export function DocumentDetail(props: { documentId: string; onClose?: () => void; step?: DetailStep }) {
  const { documentId, onClose, step } = props;
  const [, navigate] = useLocation();
  const answer = useQuery('documents.documentGet', { documentId }, { topics: ['document', 'invoice'] });
  const pdf = useQuery('documents.documentPdf', { documentId }, { topics: [] });
  const invoice = useCommand('documents.proFormaInvoice');
  const may = useMay('billing.write');
  const environment = useEnvironmentName();
  const [asked, setAsked] = useState<'invoice' | 'advance' | null>(null);
  const close = (): void => {
    setAsked(null);
  };
  const [shown, setShown] = useAddressParam('part', 'document');
  const paper = answer.data;
  if (!paper) {
    return answer.error ? (
      <ErrorPanel title="The document could not be read" error={answer.error} onRetry={answer.refetch} />
    ) : (
      <Skeleton rows={12} />
    );
  }
  const part = shown === 'facts' ? 'facts' : 'document';
  const becomeInvoice = async (): Promise<void> => {
    const made = await invoice.run({ documentId });
    if (!made) return;
    close();
    toast('ok', `Issued ${made.number}`, paper.customer);
    navigate(`/invoices/${made.invoiceId}`);
  };
  return (
    <>
      <DetailHead
        title={paper.number}
        facts={
          <>
            {KIND_WORDS[paper.kind].word} · {paper.customer}
          </>
        }
        actions={
          <>
            {paper.kind === 'pro-forma' ? (
              <ActionButton
                icon={IconCashBanknote}
                reason={
                  may ??
                  (paper.invoice ? `It became ${paper.invoice.number}: put the payment on that.` : null)
                }
                onClick={() => {
                  setAsked('advance');
                }}
              >
                Paid ahead…
              </ActionButton>
            ) : null}
            {paper.kind === 'pro-forma' ? (
              <ActionButton
                icon={IconFileInvoice}
                reason={may ?? (paper.invoice ? `It became ${paper.invoice.number}.` : null)}
                onClick={() => {
                  setAsked('invoice');
                }}
              >
                Issue the invoice…
              </ActionButton>
            ) : null}
            <SavePdfButton pdf={pdf} />
          </>
        }
        onClose={onClose}
        onPrevious={step?.previous}
        onNext={step?.next}
        href={`/documents/${paper.id}`}
      />
      <div className="ik-inv">
        <div className="ik-inv-tabs">
          <Tabs label="Parts of the document" tabs={TABS} value={part} onChange={setShown} />
        </div>
        <div className="ik-inv-parts" data-shown={part}>
          {/* A scrolling part without anything to focus must be reachable itself (axe: scrollable-region-focusable). */}
          <section className="ik-inv-facts" aria-label="Facts" tabIndex={0}>
            <h3>Facts</h3>
            <Facts paper={paper} />
            <h3>Held by</h3>
            <p className="ik-sm ik-t2">
              An issued document is final. It posts nothing; this hash shows that it is what was issued.
            </p>
            <JsonButton
              read={async (client) => await client.query('documents.documentJson', { documentId })}
            />
            <div className="ik-row ik-sm" style={{ marginTop: 8 }}>
              <span className="ik-t3">Document, SHA-256</span>
              <span className="ik-end">
                <CopyButton text={paper.hash} />
              </span>
            </div>
            <div className="ik-hash">{paper.hash}</div>
          </section>
          <section className="ik-inv-doc" aria-label="Document">
            <PdfView pdf={pdf} name={paper.number} />
          </section>
        </div>
      </div>
      {asked === 'advance' ? <ProFormaAdvanceDialog paper={paper} onClose={close} /> : null}
      {asked === 'invoice' ? (
        <ConfirmDialog
          title={`Issue the invoice of ${paper.number}`}
          environment={environment}
          action="Issue the invoice"
          width={480}
          busy={invoice.pending}
          problem={invoice.error?.sentence}
          onConfirm={() => void becomeInvoice()}
          onClose={close}
        >
          <p className="ik-sm">
            {paper.customer} is invoiced <MoneyText money={paper.amount} />, as {paper.number} says. The
            invoice takes a number of its series, is posted to the ledger and is final: only a credit note
            takes it back.
          </p>
        </ConfirmDialog>
      ) : null}
    </>
  );
}
