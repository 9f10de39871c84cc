import './billing.css';
import { useState } from 'react';
import type { PlanRow } from '../../../shared/domains/catalog/catalog-contract.ts';
import type { SubscriptionRow } from '../../../shared/domains/billing/billing-contract.ts';
import type { SubscriptionChangeInput } from '../../../shared/domains/billing/subscription-contract.ts';
import { localDate } from '../../../shared/kernel/local-date.ts';
import { useCommand } from '../../client/use-command.ts';
import { useEnvironmentName } from '../../client/use-environment-name.ts';
import { useQuery } from '../../client/use-query.ts';
import { AmountField } from '../../ui/amount-field.tsx';
import { Segments } from '../../ui/chips.tsx';
import { DateField } from '../../ui/date-field.tsx';
import { ConfirmDialog } from '../../ui/dialog.tsx';
import { SelectField, TextField } from '../../ui/form-field.tsx';
import { formatDay } from '../../ui/format.ts';
import { toast } from '../../ui/toast.ts';
import { EXACT, numberFault, plainNumber } from '../../ui/typed-amount.ts';
import { componentWords } from '../catalog/component-words.ts';
import { priceWords } from '../catalog/price-words.ts';
import { askedUnits, type AskedUnits } from './asked-units.ts';
import { ChangePreview } from './change-preview.tsx';
import { discountOf, EMPTY_DISCOUNT } from './discount-draft.ts';
import { DiscountFields } from './discount-fields.tsx';
import { subscriptionName } from './subscription-words.ts';

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
/** Plans with a price in a currency; null is the price by the period of one that is charged day by day. */
function usePlans(currency: string) {
  const plans = useQuery('catalog.planList', { query: 'active:yes', limit: 200 });
  type Choice = { plan: PlanRow; price: SubscriptionRow['periodPrice']; words: string };
  return (plans.data?.rows ?? []).flatMap((plan): Choice[] => {
    const version = plan.periodPrices.find(({ price }) => price.currency === currency);
    if (version)
      return [{ plan, price: version.price, words: version.price.components.map(componentWords).join('; ') }];
    const daily = plan.prices.find((price) => price.currency === currency);
    return daily ? [{ plan, price: null, words: `${priceWords(daily)}, charged day by day` }] : [];
  });
}

/** What a price says units of; then what the one of now does and the other does not, because that must be given up in words. */
function unitsToSay(
  { periodPrice: now }: SubscriptionRow,
  price: SubscriptionRow['periodPrice'],
): AskedUnits[] {
  const asked = askedUnits(price);
  const left = askedUnits(now).filter(({ name }) => asked.every((each) => each.name !== name));
  const description = 'The new plan has no price for it: 0 gives it up, where any is ordered';
  return [...asked, ...left.map((each) => ({ ...each, description }))];
}

/** Changes plan, quantity or allotments, moves the anchor day or gives a discount, and shows first what it comes to. */
export function SubscriptionChangeDialog(props: { subscription: SubscriptionRow; onClose: () => void }) {
  const { subscription } = props;
  const { currency } = subscription.price;
  const { today } = subscription;
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
  const chosen = plans.find(({ plan }) => plan.id === planId);
  const price = chosen === undefined ? subscription.periodPrice : chosen.price;
  const asked = unitsToSay(subscription, price);
  const resources = asked.map(({ name }) => name);
  // A discount is on the plan there is: another one is not chosen with it.
  const components = subscription.periodPrice?.components ?? [];
  const change = ((): SubscriptionChangeInput | null => {
    if (what === 'anchor') {
      const day = Number(anchor);
      return /^\d{1,2}$/.test(anchor) && day >= 1 && day <= 31 ? { do: 'anchor', day } : null;
    }
    if (what === 'discount') {
      const given = discountOf(discount, components);
      return given && { do: 'discount', discount: given };
    }
    const typed = Object.entries(units).filter(
      ([name, text]) => resources.includes(name) && text.trim() !== '',
    );
    if ([quantity, ...typed.map(([, text]) => text)].some((text) => numberFault(text, EXACT) !== null))
      return null;
    const count = plainNumber(quantity, EXACT);
    if (planId === null && count === '' && typed.length === 0) return null;
    return {
      do: 'change',
      ...(planId !== null && { planId }),
      ...(count !== '' && { quantity: count }),
      ...(typed.length > 0 && {
        allocations: Object.fromEntries(typed.map(([name, text]) => [name, plainNumber(text, EXACT)])),
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
        <Segments
          label="What changes"
          value={what}
          options={subscription.charged === 'daily' ? WHAT.slice(0, 1) : WHAT}
          onChange={setWhat}
        />
      </div>
      {what === 'terms' ? (
        <div className="ik-fields">
          <div className="ik-wide">
            <SelectField
              label="Plan"
              placeholder={`stays ${subscription.plan}`}
              clearable
              searchable
              data={plans.map(({ plan, words }) => ({
                value: plan.id,
                label: `${plan.name}: ${words}`,
              }))}
              value={planId}
              onChange={setPlanId}
            />
          </div>
          <AmountField
            label="Quantity"
            placeholder="stays"
            value={quantity}
            onChange={setQuantity}
            fault={numberFault(quantity, EXACT)}
          />
          {asked.map(({ name: resource, label, description }) => (
            <AmountField
              key={resource}
              label={label}
              {...(description !== undefined && { description })}
              placeholder="stays"
              value={units[resource] ?? ''}
              onChange={(value) => {
                setUnits((before) => ({ ...before, [resource]: value }));
              }}
              fault={numberFault(units[resource] ?? '', EXACT)}
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
