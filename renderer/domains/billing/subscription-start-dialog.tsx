import './billing.css';
import { useState } from 'react';
import { useLocation } from 'wouter';
import { Checkbox } from '@mantine/core';
import { useForm } from '@mantine/form';
import { isLongPast } from '../../../shared/domains/billing/long-past-rules.ts';
import { isMeteredByVm, isPoolOfVms } from '../../../shared/domains/billing/meter-rules.ts';
import { localDate } from '../../../shared/kernel/local-date.ts';
import { useCommand } from '../../client/use-command.ts';
import { useEnvironmentName } from '../../client/use-environment-name.ts';
import { useEngine } from '../../client/engine-context.tsx';
import { useQuery } from '../../client/use-query.ts';
import { AmountField } from '../../ui/amount-field.tsx';
import { Button } from '../../ui/button.tsx';
import { DateField } from '../../ui/date-field.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Form, SelectField } from '../../ui/form-field.tsx';
import { formatDay } from '../../ui/format.ts';
import { toast } from '../../ui/toast.ts';
import { EXACT, numberFault, plainNumber } from '../../ui/typed-amount.ts';
import { componentWords } from '../catalog/component-words.ts';
import { priceWords } from '../catalog/price-words.ts';
import { CustomerField } from '../customers/customer-field.tsx';
import { BilledVmField } from './billed-vm-field.tsx';
import { RefusalNote } from './refusal-note.tsx';
import { NO_TERMS, termsFault, termsOf } from './sale-terms.ts';
import { SaleTermsFields } from './sale-terms-fields.tsx';
import { useCustomerDays } from './use-day-state.ts';

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
      isDaily: price !== undefined,
      needsVm:
        version === undefined
          ? price !== undefined && /[1-9]/.test(price.perVcpuHour + price.perGibHour)
          : isMeteredByVm(version.price) && !isPoolOfVms(version.price),
    };
  });
}

/** Sells a plan for a VM of a customer from a day on. */
export function SubscriptionStartDialog(props: { customerId?: string | undefined; onClose: () => void }) {
  const [, navigate] = useLocation();
  const { client } = useEngine();
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
  const { today } = useCustomerDays(customerId);
  const customer = useQuery('customers.customerGet', customerId ? { customerId } : null).data;
  const plans = usePlanOptions(customer?.currency);
  const startsOn = values.startsOn ?? today;
  const chosen = plans.find((plan) => plan.value === values.planId);
  const price = chosen?.price ?? null;
  const [terms, setTerms] = useState(NO_TERMS);
  const [meantDay, setMeantDay] = useState<string | null>(null);
  const isMeant = meantDay === startsOn;
  const submit = form.onSubmit(async ({ planId, vmId }) => {
    if (!customerId || !planId || (price !== null && termsFault(terms, price) !== null)) return;
    if (numberFault(terms.quantity, EXACT) !== null) return;
    const quantity = plainNumber(terms.quantity, EXACT);
    const agreed = price === null ? quantity !== '' && { quantity } : termsOf(terms, price);
    const vm = vmId ? await client.query('fleet.vmGet', { vmId }).catch(() => null) : null;
    const sold = await start.run({
      customerId,
      planId,
      ...(vmId && { vmId }),
      startsOn,
      longPast: isMeant,
      ...agreed,
    });
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
          {startsOn && today && isLongPast(localDate(startsOn), localDate(today)) ? (
            <Checkbox
              size="xs"
              label={`${formatDay(startsOn)} is meant, more than a year back`}
              checked={isMeant}
              onChange={(event) => {
                setMeantDay(event.currentTarget.checked ? startsOn : null);
              }}
            />
          ) : null}
        </div>
        {price === null ? null : <SaleTermsFields price={price} value={terms} onChange={setTerms} />}
        {chosen?.isDaily === true ? (
          <AmountField
            label="Quantity"
            description="Whole units of the price of a month; each day is charged as it closes"
            placeholder="1"
            value={terms.quantity}
            onChange={(quantity) => {
              setTerms({ ...terms, quantity });
            }}
            fault={numberFault(terms.quantity, EXACT)}
          />
        ) : null}
        <p className="ik-example">
          The subscription keeps the price of its first day, also when the plan's price changes later.
        </p>
      </Form>
    </Dialog>
  );
}
