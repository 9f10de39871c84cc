import type { Discount } from '../../../shared/domains/billing/price-component.ts';
import { SelectField, TextField } from '../../ui/form-field.tsx';
import { discountFaults, type DiscountDraft } from './discount-draft.ts';

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
  /** Components it can be for; for all of them where none is chosen. */
  components: readonly string[];
  onChange: (value: DiscountDraft) => void;
}) {
  const { value, currency, onChange } = props;
  const faults = discountFaults(value);
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
          <TextField
            label={value.kind === 'price' ? 'Price of a period' : 'How much'}
            unit={value.kind === 'percent' ? '%' : currency}
            inputMode="decimal"
            value={value.amount}
            error={value.amount === '' ? undefined : faults.amount}
            onChange={(event) => {
              set({ amount: event.currentTarget.value });
            }}
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
      {props.components.length > 1 ? (
        <SelectField
          label="On"
          placeholder="all components"
          clearable
          data={[...props.components]}
          value={value.component}
          onChange={(component) => {
            set({ component });
          }}
        />
      ) : null}
    </div>
  );
}
