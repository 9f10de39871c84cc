import { Checkbox } from '@mantine/core';
import type { PeriodPrice } from '../../../shared/domains/billing/price-component.ts';
import { TextField } from '../../ui/form-field.tsx';
import { DiscountFields } from './discount-fields.tsx';
import { termsFault, type SaleTerms } from './sale-terms.ts';

/** What is agreed beside the plan: quantity, units as ordered, anchor day, a discount. */
export function SaleTermsFields(props: {
  price: PeriodPrice;
  value: SaleTerms;
  onChange: (value: SaleTerms) => void;
}) {
  const { price, value, onChange } = props;
  const resources = price.components.flatMap((each) => (each.kind === 'allocation' ? [each.resource] : []));
  const set = (change: Partial<SaleTerms>): void => {
    onChange({ ...value, ...change });
  };
  const fault = termsFault(value);
  return (
    <>
      <div className="ik-fields" style={{ gridTemplateColumns: 'repeat(2, minmax(0, 1fr))' }}>
        <TextField
          label="Quantity"
          placeholder="1"
          inputMode="decimal"
          value={value.quantity}
          onChange={(event) => {
            set({ quantity: event.currentTarget.value });
          }}
        />
        <TextField
          label="Anchor day"
          placeholder="that of the first day"
          inputMode="numeric"
          value={value.anchorDay}
          onChange={(event) => {
            set({ anchorDay: event.currentTarget.value });
          }}
        />
        {resources.map((resource) => (
          <TextField
            key={resource}
            label={`${resource} as ordered`}
            placeholder="0"
            inputMode="decimal"
            value={value.units[resource] ?? ''}
            onChange={(event) => {
              const text = event.currentTarget.value;
              set({ units: { ...value.units, [resource]: text } });
            }}
          />
        ))}
      </div>
      <Checkbox
        size="xs"
        label="With a discount"
        checked={value.isDiscounted}
        onChange={(event) => {
          set({ isDiscounted: event.currentTarget.checked });
        }}
      />
      {value.isDiscounted ? (
        <DiscountFields
          value={value.discount}
          currency={price.currency}
          components={price.components.map(({ id }) => id)}
          onChange={(discount) => {
            set({ discount });
          }}
        />
      ) : null}
      {fault === null ? null : <p className="ik-xs ik-bad">{fault}</p>}
    </>
  );
}
