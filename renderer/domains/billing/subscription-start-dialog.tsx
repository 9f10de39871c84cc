import './billing.css';
import { useState } from 'react';
import { useLocation } from 'wouter';
import { useForm } from '@mantine/form';
import { isMeteredByVm } from '../../../shared/domains/billing/meter-rules.ts';
import { useCommand } from '../../client/use-command.ts';
import { useEnvironmentName } from '../../client/use-environment-name.ts';
import { useEngine } from '../../client/engine-context.tsx';
import { useQuery } from '../../client/use-query.ts';
import { Button } from '../../ui/button.tsx';
import { DateField } from '../../ui/date-field.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Form, SelectField } from '../../ui/form-field.tsx';
import { formatDay } from '../../ui/format.ts';
import { toast } from '../../ui/toast.ts';
import { componentWords } from '../catalog/component-words.ts';
import { priceWords } from '../catalog/price-words.ts';
import { CustomerField } from '../customers/customer-field.tsx';
import { BilledVmField } from './billed-vm-field.tsx';
import { RefusalNote } from './refusal-note.tsx';
import { NO_TERMS, termsFault, termsOf } from './sale-terms.ts';
import { SaleTermsFields } from './sale-terms-fields.tsx';
import { useBillingToday } from './use-day-state.ts';

interface Choice extends Record<string, unknown> {
  customerId: string | null;
  planId: string | null;
  vmId: string | null;
  startsOn: string | null;
}

/** Plans that are sold, with the price in force in the customer's currency; those without one cannot be chosen. */
function usePlanOptions(currency: string | undefined) {
  const plans = useQuery('catalog.planList', { query: 'active:yes', limit: 200 });
  return (plans.data?.rows ?? []).map((plan) => {
    const price = plan.prices.find((each) => each.currency === currency);
    const version = plan.periodPrices.find((each) => each.price.currency === currency);
    const byPeriod = version?.price.components.map(componentWords).join('; ');
    const cost = price ? priceWords(price) : byPeriod;
    const words = cost === undefined ? `no price in ${currency ?? '…'}` : `${cost} ${currency ?? ''}`;
    return {
      value: plan.id,
      label: `${plan.name}: ${words}`,
      disabled: cost === undefined,
      price: version?.price ?? null,
      needsVm: version === undefined || isMeteredByVm(version.price),
    };
  });
}

/** Sells a plan for a VM of a customer from a day on. */
export function SubscriptionStartDialog(props: { customerId?: string | undefined; onClose: () => void }) {
  const [, navigate] = useLocation();
  const { client } = useEngine();
  const today = useBillingToday();
  const environment = useEnvironmentName();
  const start = useCommand('billing.subscriptionStart');
  const form = useForm<Choice>({
    mode: 'controlled',
    initialValues: { customerId: props.customerId ?? null, planId: null, vmId: null, startsOn: null },
    validate: {
      customerId: (id) => (id === null ? 'Choose who pays.' : null),
      planId: (id) => (id === null ? 'Choose what is sold.' : null),
      vmId: (id, { planId }) =>
        id === null && (plans.find((plan) => plan.value === planId)?.needsVm ?? true)
          ? 'Choose the VM that is paid for.'
          : null,
    },
  });
  const values = form.getValues();
  const { customerId } = values;
  const customer = useQuery('customers.customerGet', customerId ? { customerId } : null).data;
  const plans = usePlanOptions(customer?.currency);
  const startsOn = values.startsOn ?? today;
  const price = plans.find((plan) => plan.value === values.planId)?.price ?? null;
  const [terms, setTerms] = useState(NO_TERMS);
  const submit = form.onSubmit(async ({ planId, vmId }) => {
    if (!customerId || !planId || (price !== null && termsFault(terms) !== null)) return;
    const agreed = price === null ? {} : termsOf(terms);
    const vm = vmId ? await client.query('fleet.vmGet', { vmId }).catch(() => null) : null;
    const sold = await start.run({ customerId, planId, ...(vmId && { vmId }), startsOn, ...agreed });
    if (!sold) return;
    toast('ok', 'Subscription started', [vm?.name, `from ${formatDay(startsOn)}`].filter(Boolean).join(', '));
    props.onClose();
    if (props.customerId === undefined) navigate(`/subscriptions/${sold.subscriptionId}`);
  });
  return (
    <Dialog title="Start a subscription" environment={environment} width={480} onClose={props.onClose}>
      <Form
        onSubmit={submit}
        problem={<RefusalNote run={start} customerId={customerId} />}
        foot={
          <>
            <Button type="submit" kind="primary" busy={start.pending}>
              Start
            </Button>
            <Button kind="ghost" onClick={props.onClose}>
              Cancel
            </Button>
          </>
        }
      >
        <div className="ik-fields" style={{ gridTemplateColumns: 'minmax(0, 1fr)' }}>
          <CustomerField label="Customer" {...form.getInputProps('customerId')} value={customerId} />
          <SelectField
            label="Plan"
            placeholder={customer ? 'Choose…' : 'Choose the customer first'}
            disabled={!customer}
            data={plans}
            searchable
            nothingFoundMessage="No plan is sold: make one first"
            {...form.getInputProps('planId')}
          />
          <BilledVmField customer={customer} {...form.getInputProps('vmId')} value={values.vmId} />
          <DateField
            label="First day"
            description="Charged from the beginning of this day in the billing zone"
            {...form.getInputProps('startsOn')}
            value={startsOn}
          />
        </div>
        {price === null ? null : <SaleTermsFields price={price} value={terms} onChange={setTerms} />}
        <p className="ik-example">
          The subscription keeps the price of its first day, also when the plan's price changes later.
        </p>
      </Form>
    </Dialog>
  );
}
