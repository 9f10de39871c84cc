import { useState } from 'react';
import { useLocation, useParams } from 'wouter';
import IconCash from '@tabler/icons-react/dist/esm/icons/IconCash.mjs';
import { PAYMENT_STATES } from '../../../shared/domains/payments/payments-contract.ts';
import { CURRENCIES } from '../../../shared/kernel/money.ts';
import { useList } from '../../client/use-list.ts';
import { useMay } from '../../client/use-may.ts';
import { ListPage } from '../../ui/list-page.tsx';
import type { QueryField } from '../../ui/query-completion.ts';
import { paymentColumns } from './payment-columns.tsx';
import { PaymentDetail } from './payment-detail.tsx';
import { PaymentRecordDialog } from './payment-record-dialog.tsx';

const FIELDS: readonly QueryField[] = [
  { name: 'state', hint: 'allocated, unallocated, reversed', values: PAYMENT_STATES },
  { name: 'customer', hint: 'a part of the name' },
  { name: 'reference', hint: 'a part of what the bank calls it' },
  { name: 'received', hint: '2026-08, or a day' },
  { name: 'currency', hint: 'EUR, PLN, …', values: Object.keys(CURRENCIES) },
];

/** Payments by query, the newest first, and one of them beside the list. */
export function PaymentListPage() {
  const { paymentId } = useParams<{ paymentId?: string }>();
  const [, navigate] = useLocation();
  const [isRecording, setRecording] = useState(false);
  const list = useList('payments.paymentList', {
    sort: 'received',
    direction: 'desc',
    topics: ['payment'],
  });
  return (
    <ListPage
      path="/payments"
      one="payment"
      many="payments"
      icon={IconCash}
      list={list}
      columns={paymentColumns}
      fields={FIELDS}
      placeholder="reference, customer, state, received…"
      create={{
        words: 'Record a payment',
        reason: useMay('billing.write'),
        run: () => {
          setRecording(true);
        },
      }}
      empty="What customers paid stands here: amount, day, the bank’s reference, and the invoices it settles."
      shownId={paymentId}
      detail={(id, beside) => <PaymentDetail key={id} paymentId={id} {...beside} />}
    >
      {() =>
        isRecording ? (
          <PaymentRecordDialog
            onClose={() => {
              setRecording(false);
            }}
            onRecorded={(id) => {
              navigate(`/payments/${id}`);
            }}
          />
        ) : null
      }
    </ListPage>
  );
}
