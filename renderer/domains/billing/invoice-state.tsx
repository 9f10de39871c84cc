import IconAlertTriangle from '@tabler/icons-react/dist/esm/icons/IconAlertTriangle.mjs';
import IconCircleCheck from '@tabler/icons-react/dist/esm/icons/IconCircleCheck.mjs';
import IconClock from '@tabler/icons-react/dist/esm/icons/IconClock.mjs';
import type { InvoiceRow } from '../../../shared/domains/billing/billing-contract.ts';
import { StateLabel } from '../../ui/state-label.tsx';

const STATES = {
  paid: { word: 'Paid', tone: 'ok', icon: IconCircleCheck },
  open: { word: 'Open', tone: 'idle', icon: IconClock },
  overdue: { word: 'Overdue', tone: 'bad', icon: IconAlertTriangle },
} as const;

export function invoiceState(invoice: Pick<InvoiceRow, 'open' | 'overdue'>) {
  if (invoice.overdue) return STATES.overdue;
  return BigInt(invoice.open.amountMinor) > 0n ? STATES.open : STATES.paid;
}

export function InvoiceStateLabel({ invoice }: { invoice: Pick<InvoiceRow, 'open' | 'overdue'> }) {
  return <StateLabel {...invoiceState(invoice)} strong={invoice.overdue} />;
}
