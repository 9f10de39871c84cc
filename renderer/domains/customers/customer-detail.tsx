import { useState } from 'react';
import { Link, useLocation } from 'wouter';
import IconArchive from '@tabler/icons-react/dist/esm/icons/IconArchive.mjs';
import IconArrowBackUp from '@tabler/icons-react/dist/esm/icons/IconArrowBackUp.mjs';
import IconFileInvoice from '@tabler/icons-react/dist/esm/icons/IconFileInvoice.mjs';
import IconPencil from '@tabler/icons-react/dist/esm/icons/IconPencil.mjs';
import IconReceipt from '@tabler/icons-react/dist/esm/icons/IconReceipt.mjs';
import IconPlus from '@tabler/icons-react/dist/esm/icons/IconPlus.mjs';
import type { CustomerRow } from '../../../shared/domains/customers/customers-contract.ts';
import { useCommand } from '../../client/use-command.ts';
import { useEnvironmentName } from '../../client/use-environment-name.ts';
import { useMay } from '../../client/use-may.ts';
import { useQuery } from '../../client/use-query.ts';
import { ActionButton } from '../../ui/button.tsx';
import { ConfirmDialog } from '../../ui/dialog.tsx';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { BytesText, MoneyText } from '../../ui/figures.tsx';
import { formatCount } from '../../ui/format.ts';
import { KeyValues } from '../../ui/key-values.tsx';
import { Timestamp } from '../../ui/moment.tsx';
import { queryValue } from '../../ui/query-value.ts';
import { Skeleton } from '../../ui/skeleton.tsx';
import { DetailBody, DetailHead } from '../../ui/split-view.tsx';
import { Badge } from '../../ui/state-label.tsx';
import { toast } from '../../ui/toast.ts';
import type { DetailStep } from '../../ui/detail-step.ts';
import { CustomerCharges } from '../billing/customer-charges.tsx';
import { CustomerBalance } from '../balances/customer-balance.tsx';
import { CustomerInvoices } from '../billing/customer-invoices.tsx';
import { CustomerPayments } from '../payments/customer-payments.tsx';
import { CustomerStatement } from '../billing/customer-statement.tsx';
import { CustomerSubscriptions } from '../billing/customer-subscriptions.tsx';
import { SubscriptionStartDialog } from '../billing/subscription-start-dialog.tsx';
import { VmStateLabel } from '../fleet/vm-state.tsx';
import { isEuCountry } from '../../../shared/domains/customers/vat-id-rules.ts';
import { VatCheckState } from './vat-check-state.tsx';
import { customerState } from './customer-columns.tsx';
import { countryName } from './country-options.ts';

const SHOWN_VMS = 8;
const LANGUAGE_WORDS = { en: 'English', pl: 'Polish', cs: 'Czech' } as const;

function CustomerVms({ customer }: { customer: CustomerRow }) {
  const vms = useQuery(
    'fleet.vmList',
    { query: `customerid:${customer.id}`, limit: SHOWN_VMS },
    { topics: ['vm', 'customer'] },
  );
  const path = `/vms?query=${encodeURIComponent(`customer:${queryValue(customer.name)}`)}`;
  const rows = vms.data?.rows ?? [];
  return (
    <section>
      <h3>
        VMs <span className="ik-meta ik-tn">{formatCount(customer.vms)}</span>
        {customer.vms > 0 ? (
          <Link href={path} className="ik-link ik-end ik-xs">
            Open in the list
          </Link>
        ) : null}
      </h3>
      {rows.length === 0 ? (
        <p className="ik-none">No VM belongs to this customer yet.</p>
      ) : (
        <table className="ik-tb">
          <thead>
            <tr>
              <th>Name</th>
              <th>State</th>
              <th>Host</th>
              <th className="ik-num">vCPU</th>
              <th className="ik-num">Memory</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((vm) => (
              <tr key={vm.id}>
                <td>
                  <Link href={`/vms/${vm.id}`} className="ik-link">
                    {vm.name}
                  </Link>
                </td>
                <td>
                  <VmStateLabel vm={vm} />
                </td>
                <td className="ik-t2">{vm.host}</td>
                <td className="ik-num">{vm.vcpus}</td>
                <td className="ik-num">
                  <BytesText bytes={vm.memoryBytes} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

function Facts({ customer }: { customer: CustomerRow }) {
  const companies = useQuery('companies.companyList', {}, { topics: ['company'] }).data?.rows ?? [];
  const address = [
    customer.street,
    [customer.postcode, customer.city].filter(Boolean).join(' '),
    countryName(customer.country),
  ].filter(Boolean);
  return (
    <KeyValues
      columns={2}
      facts={[
        { label: 'Balance', value: <MoneyText money={customer.balance} /> },
        { label: 'Currency', value: customer.currency },
        {
          label: 'VAT id',
          value: customer.vatId || (customer.kind === 'person' ? 'private person' : null),
        },
        ...(customer.vatId !== '' && isEuCountry(customer.country)
          ? [{ label: 'VIES', value: <VatCheckState customer={customer} />, wide: true }]
          : []),
        { label: 'Language', value: LANGUAGE_WORDS[customer.language] },
        { label: 'Address', value: <span title={address.join(', ')}>{address.join(', ')}</span>, wide: true },
        { label: 'E-mail', value: customer.email || null, wide: true },
        { label: 'Zone', value: customer.timeZone },
        ...(companies.length > 1
          ? [
              {
                label: 'Customer of',
                value: companies.find(({ id }) => id === customer.companyId)?.name ?? null,
              },
            ]
          : []),
        { label: 'Since', value: <Timestamp dated atMs={Date.parse(customer.createdAt)} /> },
        ...(customer.notes === ''
          ? []
          : [
              {
                label: 'Notes',
                value: <span style={{ whiteSpace: 'pre-wrap' }}>{customer.notes}</span>,
                wide: true,
              },
            ]),
      ]}
    />
  );
}

function ArchiveDialog({ customer, onClose }: { customer: CustomerRow; onClose: () => void }) {
  const archive = useCommand('customers.customerArchive');
  const environment = useEnvironmentName();
  const confirm = async (): Promise<void> => {
    if (!(await archive.run({ customerId: customer.id, active: false }))) return;
    toast('ok', 'Archived', customer.name);
    onClose();
  };
  return (
    <ConfirmDialog
      title={`Archive ${customer.name}`}
      environment={environment}
      action="Archive"
      busy={archive.pending}
      problem={archive.error?.sentence}
      onConfirm={() => void confirm()}
      onClose={onClose}
    >
      <p>
        Nothing more can be sold to {customer.name}. Invoices, charges and VMs stay as they are, and the
        customer can be brought back at any time.
      </p>
    </ConfirmDialog>
  );
}

/** One customer: facts, balance, VMs, subscriptions and invoices. */
export function CustomerDetail(props: { customerId: string; onClose?: () => void; step?: DetailStep }) {
  const { customerId, onClose, step } = props;
  const answer = useQuery(
    'customers.customerGet',
    { customerId },
    { topics: ['customer', 'vm', 'subscription', 'invoice'] },
  );
  const [, navigate] = useLocation();
  const [asked, setAsked] = useState<'archive' | 'subscription' | null>(null);
  const bringBack = useCommand('customers.customerArchive');
  const mayWrite = useMay('customers.write');
  const mayBill = useMay('billing.write');
  const customer = answer.data;
  if (!customer) {
    return answer.error ? (
      <ErrorPanel title="The customer could not be read" error={answer.error} onRetry={answer.refetch} />
    ) : (
      <Skeleton rows={10} />
    );
  }
  const state = customerState(customer);
  const archived = customer.active ? null : `${customer.name} is archived: bring the customer back first.`;
  const close = (): void => {
    setAsked(null);
  };
  return (
    <>
      <DetailHead
        title={customer.name}
        badge={
          <Badge tone={state.tone} icon={state.icon}>
            {state.word}
          </Badge>
        }
        facts={
          <>
            {customer.number} · {countryName(customer.country)} · owes <MoneyText money={customer.balance} />
          </>
        }
        actions={
          <>
            <ActionButton
              icon={IconPlus}
              reason={mayBill ?? archived}
              onClick={() => {
                setAsked('subscription');
              }}
            >
              Start a subscription…
            </ActionButton>
            <ActionButton
              icon={IconFileInvoice}
              reason={mayBill}
              onClick={() => {
                navigate(`/invoices/new?customer=${customer.id}`);
              }}
            >
              New invoice…
            </ActionButton>
            <ActionButton
              icon={IconPencil}
              reason={mayWrite}
              onClick={() => {
                navigate(`/customers/${customer.id}/edit`);
              }}
            >
              Edit
            </ActionButton>
            <ActionButton
              icon={IconReceipt}
              reason={mayWrite}
              onClick={() => {
                navigate(`/customers/${customer.id}/billing`);
              }}
            >
              Billing…
            </ActionButton>
            {customer.active ? (
              <ActionButton
                kind="ghost"
                icon={IconArchive}
                reason={
                  mayWrite ??
                  (customer.subscriptions > 0
                    ? `${formatCount(customer.subscriptions)} ${customer.subscriptions === 1 ? 'subscription runs' : 'subscriptions run'}: end them first.`
                    : null)
                }
                onClick={() => {
                  setAsked('archive');
                }}
              >
                Archive…
              </ActionButton>
            ) : (
              <ActionButton
                icon={IconArrowBackUp}
                reason={mayWrite}
                busy={bringBack.pending}
                onClick={() => void bringBack.run({ customerId, active: true })}
              >
                Bring back
              </ActionButton>
            )}
          </>
        }
        onClose={onClose}
        onPrevious={step?.previous}
        onNext={step?.next}
        href={`/customers/${customer.id}`}
      />
      <DetailBody>
        <h3>Facts</h3>
        <Facts customer={customer} />
        <CustomerBalance customerId={customer.id} />
        <CustomerSubscriptions customerId={customer.id} mayBill={mayBill} />
        <CustomerCharges
          customerId={customer.id}
          currency={customer.currency}
          mayBill={mayBill ?? archived}
        />
        <CustomerInvoices customerId={customer.id} />
        <CustomerPayments customerId={customer.id} mayBill={mayBill} />
        <CustomerStatement customerId={customer.id} mayBill={mayBill} />
        <CustomerVms customer={customer} />
      </DetailBody>
      {asked === 'archive' ? <ArchiveDialog customer={customer} onClose={close} /> : null}
      {asked === 'subscription' ? <SubscriptionStartDialog customerId={customer.id} onClose={close} /> : null}
    </>
  );
}
