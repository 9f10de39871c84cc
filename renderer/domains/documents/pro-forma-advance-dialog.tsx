import { useState } from 'react';
import { useLocation } from 'wouter';
import type { PaperDetail } from '../../../shared/domains/documents/documents-contract.ts';
import { moneyFromWire, moneyToDecimalText } from '../../../shared/kernel/money.ts';
import { useCommand } from '../../client/use-command.ts';
import { useEnvironmentName } from '../../client/use-environment-name.ts';
import { useQuery } from '../../client/use-query.ts';
import { AmountField } from '../../ui/amount-field.tsx';
import { ConfirmDialog } from '../../ui/dialog.tsx';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { formatDay, formatMinor } from '../../ui/format.ts';
import { SelectField } from '../../ui/form-field.tsx';
import { Note } from '../../ui/note.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { toast } from '../../ui/toast.ts';
import { readMoney } from '../../ui/typed-amount.ts';
import { choiceOfProduct, productOfChoice } from './product-choice.ts';

const SHOWN = 50;

function nameOf({ productId, product }: PaperDetail['asks'][number]): string {
  return productId === '' ? 'No product' : product;
}

/** Issues the advance invoice for what was paid on a pro forma: by which of the customer's payments, and how much of it. */
export function ProFormaAdvanceDialog({ paper, onClose }: { paper: PaperDetail; onClose: () => void }) {
  const [, navigate] = useLocation();
  const environment = useEnvironmentName();
  const issue = useCommand('documents.proFormaAdvance');
  const { currency } = paper.amount;
  const query = `customerid:${paper.customerId} currency:${currency} state:unallocated`;
  const found = useQuery(
    'payments.paymentList',
    { query, sort: 'received', direction: 'desc', limit: SHOWN },
    { topics: ['payment', 'invoice'] },
  );
  const payments = found.data?.rows ?? [];
  const [chosen, setChosen] = useState<string>();
  const payment = payments.find(({ id }) => id === chosen) ?? payments[0];
  const [typed, setTyped] = useState<string>();
  const [productId, setProductId] = useState<string | null>(null);
  const products = useQuery('catalog.productList', {}, { topics: ['product'] });
  // Papers issued before that was kept do not say which.
  const choices =
    paper.asks.length > 0
      ? paper.asks.map((each) => ({ value: choiceOfProduct(each.productId), label: nameOf(each) }))
      : (products.data?.rows ?? []).map(({ id, name }) => ({ value: id, label: name }));
  const left = payment === undefined ? 0n : BigInt(payment.unallocated.amountMinor);
  const ofProduct = paper.asks.find((each) => each.productId === productId);
  const asked = BigInt((ofProduct?.stillAsked ?? paper.stillAsked ?? paper.amount).amountMinor);
  const isAllAdvanced = BigInt((paper.stillAsked ?? paper.amount).amountMinor) <= 0n;
  const most = { amountMinor: (left < asked ? left : asked).toString(), currency };
  const amount = typed ?? moneyToDecimalText(moneyFromWire(most));
  const read = readMoney(amount, currency);
  const minor = read.ok ? read.amountMinor : undefined;
  const off =
    asked <= 0n
      ? `All it asked for${ofProduct === undefined ? '' : ` of ${nameOf(ofProduct)}`} stands on advance invoices already`
      : payment === undefined
        ? 'Record the payment first'
        : !read.ok && amount.trim() !== ''
          ? read.fault
          : minor === undefined || minor <= 0n || minor > left || minor > asked
            ? `Write an amount up to ${moneyToDecimalText(moneyFromWire(most))}`
            : null;
  const confirm = async (): Promise<void> => {
    if (payment === undefined || minor === undefined) return;
    const made = await issue.run({
      documentId: paper.id,
      paymentId: payment.id,
      grossMinor: minor.toString(),
      ...(productId !== null && { productId }),
    });
    if (!made) return;
    toast('ok', `Issued ${made.number}`, `${formatMinor(made.gross.amountMinor)} ${currency}`);
    onClose();
    navigate(`/invoices/${made.invoiceId}`);
  };
  return (
    <ConfirmDialog
      title={`Advance invoice for ${paper.number}`}
      environment={environment}
      action="Issue it"
      width={480}
      off={off}
      busy={issue.pending}
      problem={issue.error?.sentence}
      onConfirm={() => void confirm()}
      onClose={onClose}
    >
      <p className="ik-sm">
        It says what was ordered, and taxes what was paid of it. The invoice of the supply settles it and
        taxes only the rest.
      </p>
      {found.error && !found.data ? (
        <ErrorPanel title="The payments could not be read" error={found.error} onRetry={found.refetch} />
      ) : null}
      {!found.data && !found.error ? <Skeleton rows={2} /> : null}
      {isAllAdvanced ? (
        <Note tone="warn">
          All that {paper.number} asked for stands on advance invoices already. For more that came in, issue
          one on the page of the payment.
        </Note>
      ) : null}
      {found.data && payments.length === 0 ? (
        <Note tone="warn">
          No payment of {paper.customer} in {currency} stands on no invoice: record what came in first, under
          Payments.
        </Note>
      ) : null}
      {payment === undefined || isAllAdvanced ? null : (
        <>
          <SelectField
            label="Payment"
            data={payments.map((each) => ({
              value: each.id,
              label: `${each.reference}, ${formatDay(each.receivedOn)}: ${formatMinor(each.unallocated.amountMinor)} ${currency}`,
            }))}
            value={payment.id}
            allowDeselect={false}
            onChange={(id) => {
              setChosen(id ?? undefined);
            }}
          />
          <AmountField
            label="Amount with VAT"
            unit={currency}
            value={amount}
            fault={read.ok ? null : read.fault}
            onChange={setTyped}
          />
          <SelectField
            label="Product"
            description="Decides how VAT takes it, where what was ordered is of several"
            placeholder="As ordered"
            clearable
            data={choices}
            value={productId === null ? null : choiceOfProduct(productId)}
            onChange={(choice) => {
              setProductId(choice === null ? null : productOfChoice(choice));
            }}
          />
        </>
      )}
    </ConfirmDialog>
  );
}
