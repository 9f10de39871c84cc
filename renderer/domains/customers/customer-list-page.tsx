import { useState } from 'react';
import { useLocation, useParams } from 'wouter';
import IconUsers from '@tabler/icons-react/dist/esm/icons/IconUsers.mjs';
import { CUSTOMER_FIELDS } from '../../../shared/domains/customers/customer-fields.ts';
import { queryFields } from '../../client/query-fields.ts';
import { useList } from '../../client/use-list.ts';
import { useMay } from '../../client/use-may.ts';
import { ActionButton } from '../../ui/button.tsx';
import { ListPage } from '../../ui/list-page.tsx';
import { FirstSteps } from '../billing/first-steps.tsx';
import { SavedQueryBar } from '../queries/saved-query-bar.tsx';
import { customerColumns } from './customer-columns.tsx';
import { CustomerDetail } from './customer-detail.tsx';
import { VatRoundDialog } from './vat-round-dialog.tsx';

const FIELDS = queryFields(CUSTOMER_FIELDS);
/** What changes a row of the list: its own data, its VMs, what it was sold and what it owes. */
export const CUSTOMER_TOPICS = ['customer', 'vm', 'subscription', 'invoice'];

/** Customers by query, what each owes, and one of them beside the list. */
export function CustomerListPage() {
  const { customerId } = useParams<{ customerId?: string }>();
  const [, navigate] = useLocation();
  const list = useList('customers.customerList', { sort: 'name', topics: CUSTOMER_TOPICS });
  const may = useMay('customers.write');
  const [asking, setAsking] = useState(false);
  return (
    <>
      <ListPage
        path="/customers"
        one="customer"
        many="customers"
        icon={IconUsers}
        list={list}
        columns={customerColumns}
        fields={FIELDS}
        placeholder="name, number, VAT id, country…"
        chips={<SavedQueryBar list="customers" op="customers.customerList" topics={CUSTOMER_TOPICS} />}
        more={
          <ActionButton
            size="sm"
            reason={may}
            onClick={() => {
              setAsking(true);
            }}
          >
            Ask VIES…
          </ActionButton>
        }
        create={{
          words: 'New customer',
          reason: may,
          run: () => {
            navigate('/customers/new');
          },
        }}
        empty={<FirstSteps step="customer" />}
        noMatch="Nobody fits this query now."
        shownId={customerId}
        detail={(id, beside) => <CustomerDetail key={id} customerId={id} {...beside} />}
      />
      {asking ? (
        <VatRoundDialog
          query={list.query}
          onClose={() => {
            setAsking(false);
          }}
        />
      ) : null}
    </>
  );
}
