import { Checkbox } from '@mantine/core';
import type { PeriodPrice } from '../../../shared/domains/billing/price-component.ts';
import { AmountField } from '../../ui/amount-field.tsx';
import { TextField } from '../../ui/form-field.tsx';
import { EXACT, numberFault } from '../../ui/typed-amount.ts';
import { DiscountFields } from './discount-fields.tsx';
import { askedUnits } from './asked-units.ts';
import { termsFault, type SaleTerms } from './sale-terms.ts';

/** What is agreed beside the plan: quantity, units as ordered, anchor day, a discount. */
export function SaleTermsFields(props: {
  price: PeriodPrice;
  value: SaleTerms;
  onChange: (value: SaleTerms) => void;
}) {
  const { price, value, onChange } = props;
  const set = (change: Partial<SaleTerms>): void => {
    onChange({ ...value, ...change });
  };
  const fault = termsFault(value, price);
  return (
    <>
      <div className="ik-fields" style={{ gridTemplateColumns: 'repeat(2, minmax(0, 1fr))' }}>
        <AmountField
          label="Quantity"
          placeholder="1"
          value={value.quantity}
          onChange={(quantity) => {
            set({ quantity });
          }}
          fault={numberFault(value.quantity, EXACT)}
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
        {askedUnits(price).map(({ name: resource, label, description }) => (
          <AmountField
            key={resource}
            label={label}
            {...(description !== undefined && { description })}
            placeholder="0"
            value={value.units[resource] ?? ''}
            onChange={(text) => {
              set({ units: { ...value.units, [resource]: text } });
            }}
            fault={numberFault(value.units[resource] ?? '', EXACT)}
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
          components={price.components}
          onChange={(discount) => {
            set({ discount });
          }}
        />
      ) : null}
      {fault === null ? null : <p className="ik-xs ik-bad">{fault}</p>}
    </>
  );
}
