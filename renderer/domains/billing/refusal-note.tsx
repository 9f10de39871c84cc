import { useLocation } from 'wouter';
import type { Facts } from '../../../shared/contract/outcome.ts';
import { Button } from '../../ui/button.tsx';
import type { ErrorWords } from '../../ui/error-panel.tsx';
import { Note } from '../../ui/note.tsx';

interface Refused {
  readonly error: ErrorWords | null;
  readonly refusal: string | null;
  readonly facts?: Facts;
}

interface WayOut {
  readonly label: string;
  readonly path: string;
}

/** Where a refusal of billing can be put right. */
function wayOutOf({ refusal: code, facts }: Refused, customerId: string | null | undefined): WayOut | null {
  switch (code) {
    case 'no-company':
      return { label: 'Enter the company', path: '/settings/company' };
    case 'period-open':
    case 'day-before-open':
    case 'usage-incomplete':
    case 'usage-awaited':
      return { label: 'Go to the ledger', path: '/ledger' };
    case 'vat-unclear':
      return customerId ? { label: 'Edit the customer', path: `/customers/${customerId}/edit` } : null;
    case 'nothing-to-invoice':
    case 'customer-archived':
      return customerId ? { label: 'Open the customer', path: `/customers/${customerId}` } : null;
    case 'credit-first':
      return {
        label: `Open ${facts?.['number'] ?? 'the invoice'}`,
        path: `/invoices/${facts?.['invoiceId'] ?? ''}`,
      };
    case 'no-price':
    case 'plan-retired':
      return { label: 'Go to the plans', path: '/plans' };
    case 'vm-subscribed':
      return { label: 'Go to the subscriptions', path: '/subscriptions' };
    default:
      return null;
  }
}

/** A refusal or failure in words, with the button that leads to where it can be put right. Nothing while there is none. */
export function RefusalNote(props: { run: Refused; customerId?: string | null | undefined }) {
  const [, navigate] = useLocation();
  const { error } = props.run;
  if (!error) return null;
  const wayOut = wayOutOf(props.run, props.customerId);
  return (
    <Note tone="bad">
      {error.sentence}
      {wayOut ? (
        <div style={{ marginTop: 8 }}>
          <Button
            size="sm"
            onClick={() => {
              navigate(wayOut.path);
            }}
          >
            {wayOut.label}
          </Button>
        </div>
      ) : null}
    </Note>
  );
}
