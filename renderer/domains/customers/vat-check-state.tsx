import IconAlertTriangle from '@tabler/icons-react/dist/esm/icons/IconAlertTriangle.mjs';
import IconCircleCheck from '@tabler/icons-react/dist/esm/icons/IconCircleCheck.mjs';
import IconHelp from '@tabler/icons-react/dist/esm/icons/IconHelp.mjs';
import type { CustomerRow } from '../../../shared/domains/customers/customers-contract.ts';
import { useCommand } from '../../client/use-command.ts';
import { useMay } from '../../client/use-may.ts';
import { ActionButton } from '../../ui/button.tsx';
import { Timestamp } from '../../ui/moment.tsx';
import { StateLabel } from '../../ui/state-label.tsx';

const STATES = {
  valid: { word: 'Valid', tone: 'ok', icon: IconCircleCheck },
  invalid: { word: 'Not valid', tone: 'bad', icon: IconAlertTriangle },
  unknown: { word: 'Not answered', tone: 'warn', icon: IconHelp },
  unasked: { word: 'Not asked', tone: 'idle', icon: IconHelp },
} as const;

/** What VIES said about the VAT id of a customer, since when, and the way to ask it. */
export function VatCheckState({ customer }: { customer: CustomerRow }) {
  const { vatCheck } = customer;
  const may = useMay('customers.write');
  const ask = useCommand('customers.customerVatCheck');
  return (
    <span className="ik-row" style={{ gap: 8 }}>
      <StateLabel {...STATES[vatCheck?.result ?? 'unasked']} />
      {vatCheck ? (
        <span
          className="ik-sm ik-t2 ik-el"
          title={[vatCheck.name, vatCheck.address].filter(Boolean).join(', ')}
        >
          <Timestamp dated atMs={Date.parse(vatCheck.checkedAt)} />
          {vatCheck.requestIdentifier === '' ? null : ` · ${vatCheck.requestIdentifier}`}
          {vatCheck.detail === '' ? null : ` · ${vatCheck.detail}`}
        </span>
      ) : null}
      <span className="ik-end">
        <ActionButton
          size="sm"
          busy={ask.pending}
          reason={may}
          onClick={() => void ask.run({ customerId: customer.id })}
        >
          Ask VIES
        </ActionButton>
      </span>
    </span>
  );
}
