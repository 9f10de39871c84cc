import IconAlertTriangle from '@tabler/icons-react/dist/esm/icons/IconAlertTriangle.mjs';
import IconCashBanknote from '@tabler/icons-react/dist/esm/icons/IconCashBanknote.mjs';
import IconCircleCheck from '@tabler/icons-react/dist/esm/icons/IconCircleCheck.mjs';
import IconClock from '@tabler/icons-react/dist/esm/icons/IconClock.mjs';
import IconReceiptOff from '@tabler/icons-react/dist/esm/icons/IconReceiptOff.mjs';
import IconReceiptRefund from '@tabler/icons-react/dist/esm/icons/IconReceiptRefund.mjs';
import type { InvoiceRow } from '../../../shared/domains/billing/invoice-contract.ts';
import { StateLabel } from '../../ui/state-label.tsx';

const STATES = {
  paid: { word: 'Paid', tone: 'ok', icon: IconCircleCheck },
  open: { word: 'Open', tone: 'idle', icon: IconClock },
  overdue: { word: 'Overdue', tone: 'bad', icon: IconAlertTriangle },
  credited: { word: 'Credited', tone: 'idle', icon: IconReceiptRefund },
  'written-off': { word: 'Written off', tone: 'idle', icon: IconReceiptOff },
  advance: { word: 'Advance', tone: 'ok', icon: IconCashBanknote },
  'used-up': { word: 'Used up', tone: 'idle', icon: IconCashBanknote },
  'credit-note': { word: 'Credit note', tone: 'idle', icon: IconReceiptRefund },
} as const;

export function invoiceState(invoice: Pick<InvoiceRow, 'state'>) {
  return STATES[invoice.state];
}

export function InvoiceStateLabel({ invoice }: { invoice: Pick<InvoiceRow, 'state'> }) {
  return <StateLabel {...invoiceState(invoice)} strong={invoice.state === 'overdue'} />;
}
