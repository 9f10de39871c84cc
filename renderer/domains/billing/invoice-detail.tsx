import './billing.css';
import { Link } from 'wouter';
import type { InvoiceDetail as Invoice } from '../../../shared/domains/billing/invoice-contract.ts';
import { useQuery } from '../../client/use-query.ts';
import { useAddressParam } from '../../ui/address.ts';
import { CopyButton } from '../../ui/copy-button.tsx';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { MoneyText } from '../../ui/figures.tsx';
import { formatDay } from '../../ui/format.ts';
import { KeyValues } from '../../ui/key-values.tsx';
import { Timestamp } from '../../ui/moment.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { DetailHead } from '../../ui/split-view.tsx';
import { Badge } from '../../ui/state-label.tsx';
import { Tabs } from '../../ui/tabs.tsx';
import type { DetailStep } from '../../ui/detail-step.ts';
import { AdvanceUses } from './advance-uses.tsx';
import { SettledAdvances } from './settled-advances.tsx';
import { DownloadPdfButton, InvoiceDocumentView } from './invoice-document-view.tsx';
import { CorrectionButtons, InvoiceHistory } from './invoice-corrections.tsx';
import { InvoiceLines, InvoiceTotals } from './invoice-lines.tsx';
import { SaveJsonButton, SaveUblButton } from './save-json-button.tsx';
import { invoiceState } from './invoice-state.tsx';
import { periodWords } from './period-words.ts';

const TABS = [
  { key: 'document', label: 'Document' },
  { key: 'facts', label: 'Lines and facts' },
] as const;

function Hash({ label, value }: { label: string; value: string }) {
  return (
    <div style={{ marginTop: 8 }}>
      <div className="ik-row ik-sm">
        <span className="ik-t3">{label}</span>
        <span className="ik-end">
          <CopyButton text={value} />
        </span>
      </div>
      <div className="ik-hash">{value}</div>
    </div>
  );
}

function Facts({ invoice }: { invoice: Invoice }) {
  const { buyer } = invoice;
  const address = [buyer.street, `${buyer.postcode} ${buyer.city}`.trim(), buyer.country]
    .filter(Boolean)
    .join(', ');
  return (
    <KeyValues
      columns={2}
      facts={[
        {
          label: 'Customer',
          value: (
            <Link href={`/customers/${invoice.customerId}`} className="ik-link">
              {invoice.customer}
            </Link>
          ),
          wide: true,
        },
        { label: 'Address', value: <span title={address}>{address}</span>, wide: true },
        { label: 'VAT id', value: buyer.vatId || null },
        ...(invoice.vatEvidence
          ? [
              {
                label: 'VIES',
                value: [
                  invoice.vatEvidence.result === 'valid' ? 'valid' : 'not answered',
                  formatDay(invoice.vatEvidence.checkedAt.slice(0, 10)),
                  invoice.vatEvidence.requestIdentifier,
                ]
                  .filter(Boolean)
                  .join(' · '),
                wide: true,
              },
            ]
          : []),
        { label: 'Seller', value: <span title={invoice.seller.name}>{invoice.seller.name}</span> },
        { label: 'Issued', value: formatDay(invoice.issuedOn) },
        ...(invoice.advance
          ? [
              { label: 'Paid on', value: formatDay(invoice.advance.receivedOn) },
              {
                label: 'By',
                value: (
                  <Link href={`/payments/${invoice.advance.paymentId}`} className="ik-link">
                    {invoice.advance.reference}
                  </Link>
                ),
              },
            ]
          : [
              { label: 'Due', value: formatDay(invoice.dueOn) },
              { label: 'Period', value: periodWords(invoice.periodStart, invoice.periodEndExclusive) },
            ]),
        { label: 'Entered', value: <Timestamp dated atMs={Date.parse(invoice.issuedAt)} /> },
        { label: 'Gross', value: <MoneyText money={invoice.gross} /> },
        invoice.advance
          ? { label: 'Left', value: <MoneyText money={invoice.advance.left} /> }
          : { label: 'Open', value: <MoneyText money={invoice.open} /> },
      ]}
    />
  );
}

/** One invoice as it was issued: the document, its lines, VAT and facts, and the hashes that hold it. */
export function InvoiceDetail(props: { invoiceId: string; onClose?: () => void; step?: DetailStep }) {
  const { invoiceId, onClose, step } = props;
  const answer = useQuery('billing.invoiceGet', { invoiceId });
  const [shown, setShown] = useAddressParam('part', 'document');
  const invoice = answer.data;
  if (!invoice) {
    return answer.error ? (
      <ErrorPanel title="The invoice could not be read" error={answer.error} onRetry={answer.refetch} />
    ) : (
      <Skeleton rows={12} />
    );
  }
  const state = invoiceState(invoice);
  const part = shown === 'facts' ? 'facts' : 'document';
  return (
    <>
      <DetailHead
        title={invoice.number}
        badge={
          <Badge tone={state.tone} icon={state.icon}>
            {state.word}
          </Badge>
        }
        facts={
          <>
            {invoice.customer} · <MoneyText money={invoice.gross} />
            {invoice.type === 'invoice' ? ` · due ${formatDay(invoice.dueOn)}` : null}
          </>
        }
        actions={
          <>
            <CorrectionButtons invoice={invoice} />
            <DownloadPdfButton invoiceId={invoiceId} />
          </>
        }
        onClose={onClose}
        onPrevious={step?.previous}
        onNext={step?.next}
        href={`/invoices/${invoice.id}`}
      />
      <div className="ik-inv">
        <div className="ik-inv-tabs">
          <Tabs label="Parts of the invoice" tabs={TABS} value={part} onChange={setShown} />
        </div>
        <div className="ik-inv-parts" data-shown={part}>
          {/* A scrolling part without anything to focus must be reachable itself (axe: scrollable-region-focusable). */}
          <section className="ik-inv-facts" aria-label="Lines and facts" tabIndex={0}>
            <h3>Facts</h3>
            <Facts invoice={invoice} />
            <h3>{invoice.corrects ? 'Corrects' : invoice.advance ? 'What took of it' : 'History'}</h3>
            {invoice.advance ? (
              <AdvanceUses advance={invoice.advance} />
            ) : (
              <InvoiceHistory invoice={invoice} />
            )}
            <h3>Lines</h3>
            <InvoiceLines lines={invoice.lines} />
            <h3>VAT and totals</h3>
            <InvoiceTotals body={invoice} />
            {invoice.settles.length === 0 ? null : (
              <>
                <h3>Advances it settles</h3>
                <SettledAdvances settles={invoice.settles} due={invoice.due} />
              </>
            )}
            <h3>Held by</h3>
            <p className="ik-sm ik-t2">
              An issued document is final: an invoice is corrected by a credit note, never changed. These
              hashes show it.
            </p>
            <div className="ik-row">
              <SaveJsonButton invoiceId={invoice.id} />
              <SaveUblButton invoiceId={invoice.id} />
            </div>
            <Hash label="Document, SHA-256" value={invoice.hash} />
            {invoice.pdfSha256 === '' ? null : <Hash label="PDF, SHA-256" value={invoice.pdfSha256} />}
          </section>
          <section className="ik-inv-doc" aria-label="Document">
            <InvoiceDocumentView invoiceId={invoiceId} number={invoice.number} />
          </section>
        </div>
      </div>
    </>
  );
}
