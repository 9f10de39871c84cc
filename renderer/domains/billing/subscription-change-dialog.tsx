import './billing.css';
import { useState } from 'react';
import type { SubscriptionRow } from '../../../shared/domains/billing/billing-contract.ts';
import type { SubscriptionChangeInput } from '../../../shared/domains/billing/subscription-contract.ts';
import { localDate } from '../../../shared/kernel/local-date.ts';
import { useCommand } from '../../client/use-command.ts';
import { useEnvironmentName } from '../../client/use-environment-name.ts';
import { useQuery } from '../../client/use-query.ts';
import { Segments } from '../../ui/chips.tsx';
import { DateField } from '../../ui/date-field.tsx';
import { ConfirmDialog } from '../../ui/dialog.tsx';
import { SelectField, TextField } from '../../ui/form-field.tsx';
import { formatDay } from '../../ui/format.ts';
import { toast } from '../../ui/toast.ts';
import { componentWords } from '../catalog/component-words.ts';
import { ChangePreview } from './change-preview.tsx';
import { discountOf, EMPTY_DISCOUNT } from './discount-draft.ts';
import { DiscountFields } from './discount-fields.tsx';
import { subscriptionName } from './subscription-words.ts';
import { useBillingToday } from './use-day-state.ts';

type What = 'terms' | 'anchor' | 'discount';
type When = 'day' | 'period-end';

const WHAT: readonly { value: What; label: string }[] = [
  { value: 'terms', label: 'Plan and quantity' },
  { value: 'anchor', label: 'Anchor day' },
  { value: 'discount', label: 'Discount' },
];
const WHEN: readonly { value: When; label: string }[] = [
  { value: 'day', label: 'On a day' },
  { value: 'period-end', label: 'At the end of the period' },
];
const AMOUNT = /^\d{1,15}(\.\d{1,10})?$/;

/** Plans by the period with a price in a currency. */
function usePlans(currency: string) {
  const plans = useQuery('catalog.planList', { query: 'active:yes', limit: 200 });
  return (plans.data?.rows ?? []).flatMap((plan) => {
    const version = plan.periodPrices.find(({ price }) => price.currency === currency);
    return version ? [{ plan, price: version.price }] : [];
  });
}

/** Changes plan, quantity or allotments, moves the anchor day or gives a discount, and shows first what it comes to. */
export function SubscriptionChangeDialog(props: { subscription: SubscriptionRow; onClose: () => void }) {
  const { subscription } = props;
  const { currency } = subscription.price;
  const today = useBillingToday();
  const environment = useEnvironmentName();
  const run = useCommand('billing.subscriptionChange');
  const plans = usePlans(currency);
  const [what, setWhat] = useState<What>('terms');
  const [when, setWhen] = useState<When>('day');
  const [chosenDay, setChosenDay] = useState<string | null>(null);
  const [planId, setPlanId] = useState<string | null>(null);
  const [quantity, setQuantity] = useState('');
  const [units, setUnits] = useState<Readonly<Record<string, string>>>({});
  const [anchor, setAnchor] = useState('');
  const [discount, setDiscount] = useState(EMPTY_DISCOUNT);
  const price = plans.find(({ plan }) => plan.id === planId)?.price ?? subscription.periodPrice;
  const resources = (price?.components ?? []).flatMap((each) =>
    each.kind === 'allocation' ? [each.resource] : [],
  );
  const components = (price?.components ?? []).map(({ id }) => id);
  const change = ((): SubscriptionChangeInput | null => {
    if (what === 'anchor') {
      const day = Number(anchor);
      return /^\d{1,2}$/.test(anchor) && day >= 1 && day <= 31 ? { do: 'anchor', day } : null;
    }
    if (what === 'discount') {
      const given = discountOf(discount);
      return given && { do: 'discount', discount: given };
    }
    const typed = Object.entries(units).filter(
      ([name, text]) => resources.includes(name) && text.trim() !== '',
    );
    if ([quantity.trim() || '1', ...typed.map(([, text]) => text.trim())].some((text) => !AMOUNT.test(text)))
      return null;
    if (planId === null && quantity.trim() === '' && typed.length === 0) return null;
    return {
      do: 'change',
      ...(planId !== null && { planId }),
      ...(quantity.trim() !== '' && { quantity: quantity.trim() }),
      ...(typed.length > 0 && {
        allocations: Object.fromEntries(typed.map(([name, text]) => [name, text.trim()])),
      }),
    };
  })();
  const day = chosenDay ?? today;
  const input = change && {
    subscriptionId: subscription.id,
    change,
    on: when === 'period-end' ? ('period-end' as const) : localDate(day),
  };
  const confirm = async (): Promise<void> => {
    if (input === null) return;
    const made = await run.run(input);
    if (!made) return;
    toast('ok', 'Subscription changed', `${subscriptionName(subscription)}, from ${formatDay(made.on)}`);
    props.onClose();
  };
  return (
    <ConfirmDialog
      title={`Change ${subscriptionName(subscription)}`}
      environment={environment}
      action="Change the subscription"
      width={640}
      busy={run.pending}
      off={input === null ? 'Say what changes.' : null}
      problem={run.error?.sentence}
      onConfirm={() => void confirm()}
      onClose={props.onClose}
    >
      <div>
        <Segments label="What changes" value={what} options={WHAT} onChange={setWhat} />
      </div>
      {what === 'terms' ? (
        <div className="ik-fields">
          <div className="ik-wide">
            <SelectField
              label="Plan"
              placeholder={`stays ${subscription.plan}`}
              clearable
              searchable
              data={plans.map(({ plan, price: of }) => ({
                value: plan.id,
                label: `${plan.name}: ${of.components.map(componentWords).join('; ')}`,
              }))}
              value={planId}
              onChange={setPlanId}
            />
          </div>
          <TextField
            label="Quantity"
            placeholder="stays"
            inputMode="decimal"
            value={quantity}
            error={
              quantity.trim() === '' || AMOUNT.test(quantity.trim()) ? undefined : 'More than 0, such as 2.'
            }
            onChange={(event) => {
              setQuantity(event.currentTarget.value);
            }}
          />
          {resources.map((resource) => (
            <TextField
              key={resource}
              label={`${resource} as ordered`}
              placeholder="stays"
              inputMode="decimal"
              value={units[resource] ?? ''}
              onChange={(event) => {
                const { value } = event.currentTarget;
                setUnits((before) => ({ ...before, [resource]: value }));
              }}
            />
          ))}
        </div>
      ) : null}
      {what === 'anchor' ? (
        <div className="ik-fields">
          <TextField
            label="Periods begin on day"
            description="1 to 31; from the next such day on"
            inputMode="numeric"
            value={anchor}
            onChange={(event) => {
              setAnchor(event.currentTarget.value.trim());
            }}
          />
        </div>
      ) : null}
      {what === 'discount' ? (
        <DiscountFields value={discount} currency={currency} components={components} onChange={setDiscount} />
      ) : null}
      <div style={{ margin: '12px 0' }}>
        <Segments label="When" value={when} options={WHEN} onChange={setWhen} />
      </div>
      {when === 'day' ? <DateField label="First day of it" value={day} onChange={setChosenDay} /> : null}
      <ChangePreview input={input} />
    </ConfirmDialog>
  );
}
