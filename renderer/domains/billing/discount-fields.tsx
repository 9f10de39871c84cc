import { Checkbox } from '@mantine/core';
import { discountable, isOfOne } from '../../../shared/domains/billing/discount-fit-rules.ts';
import type { Discount, PriceComponent } from '../../../shared/domains/billing/price-component.ts';
import { AmountField } from '../../ui/amount-field.tsx';
import { SelectField, TextField } from '../../ui/form-field.tsx';
import { asksForMetered, discountFaults, type DiscountDraft } from './discount-draft.ts';

const KINDS: readonly { value: Discount['kind']; label: string }[] = [
  { value: 'percent', label: 'Per cent off' },
  { value: 'amount', label: 'An amount off a period' },
  { value: 'price', label: 'Another price' },
  { value: 'free-set-up', label: 'Free set-up' },
];

/** A discount: its kind, how much, and for how many periods. */
export function DiscountFields(props: {
  value: DiscountDraft;
  currency: string;
  /** Those of the plan it is given on. */
  components: readonly PriceComponent[];
  onChange: (value: DiscountDraft) => void;
}) {
  const { value, currency, components, onChange } = props;
  const faults = discountFaults(value, components);
  const may = discountable(value.kind, components);
  // Of the plan that was chosen before: it is shown, so that it can be taken away.
  const isElsewhere = value.component !== null && !may.includes(value.component);
  const set = (change: Partial<DiscountDraft>): void => {
    onChange({ ...value, ...change });
  };
  return (
    <div className="ik-fields">
      <SelectField
        label="Discount"
        allowDeselect={false}
        data={[...KINDS]}
        value={value.kind}
        onChange={(kind) => {
          if (kind) set({ kind: kind as Discount['kind'] });
        }}
      />
      <TextField
        label="Called"
        description="Its name in the history"
        value={value.id}
        error={faults.id}
        onChange={(event) => {
          set({ id: event.currentTarget.value });
        }}
      />
      {value.kind === 'free-set-up' ? null : (
        <>
          <AmountField
            label={value.kind === 'price' ? 'Price of a period' : 'How much'}
            unit={value.kind === 'percent' ? '%' : currency}
            value={value.amount}
            onChange={(amount) => {
              set({ amount });
            }}
            fault={faults.amount}
          />
          <TextField
            label="For"
            unit="periods"
            placeholder="all"
            inputMode="numeric"
            value={value.periods}
            error={faults.periods}
            onChange={(event) => {
              set({ periods: event.currentTarget.value });
            }}
          />
        </>
      )}
      {may.length > 1 || isElsewhere ? (
        <SelectField
          label="On"
          placeholder={isOfOne(value.kind) ? 'one component' : 'all components'}
          clearable
          data={[...may, ...(isElsewhere ? [value.component ?? ''] : [])]}
          value={value.component}
          error={faults.component}
          onChange={(component) => {
            set({ component });
          }}
        />
      ) : null}
      {asksForMetered(value, components) ? (
        <div className="ik-wide">
          <Checkbox
            size="xs"
            label="Off usage and overage, too"
            checked={value.isOffMetered}
            onChange={(event) => {
              set({ isOffMetered: event.currentTarget.checked });
            }}
          />
        </div>
      ) : null}
    </div>
  );
}
