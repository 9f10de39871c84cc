import '../billing/billing.css';
import { useForm } from '@mantine/form';
import type { PlanDetail, PlanPrice } from '../../../shared/domains/catalog/catalog-contract.ts';
import { localDate } from '../../../shared/kernel/local-date.ts';
import { CURRENCIES } from '../../../shared/kernel/money.ts';
import type { Currency } from '../../../shared/kernel/money.ts';
import { useCommand } from '../../client/use-command.ts';
import { useEnvironmentName } from '../../client/use-environment-name.ts';
import { Button } from '../../ui/button.tsx';
import { DateField } from '../../ui/date-field.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Form, FormSection, SelectField } from '../../ui/form-field.tsx';
import { formatDay } from '../../ui/format.ts';
import { Note } from '../../ui/note.tsx';
import { toast } from '../../ui/toast.ts';
import { typedNumber } from '../../ui/typed-amount.ts';
import { useBillingToday } from '../billing/use-day-state.ts';
import { PriceExample, PriceFields, priceFault, typedPrice } from './price-fields.tsx';

type Draft = PlanPrice & { validFrom: string | null };

function priceOf(plan: PlanDetail, currency: Currency): PlanPrice {
  const found = plan.prices.find((price) => price.currency === currency);
  return {
    currency,
    perMonth: typedNumber(found?.perMonth ?? ''),
    perVcpuHour: typedNumber(found?.perVcpuHour ?? ''),
    perGibHour: typedNumber(found?.perGibHour ?? ''),
  };
}

/** Sets a price of a plan from a day on; subscriptions keep the price they were sold at. */
export function PlanPriceDialog({ plan, onClose }: { plan: PlanDetail; onClose: () => void }) {
  const today = useBillingToday();
  const environment = useEnvironmentName();
  const set = useCommand('catalog.planPriceSet');
  const form = useForm<Draft>({
    mode: 'controlled',
    initialValues: { ...priceOf(plan, plan.prices[0]?.currency ?? 'EUR'), validFrom: null },
    validateInputOnBlur: true,
    validate: { perMonth: priceFault, perVcpuHour: priceFault, perGibHour: priceFault },
  });
  const values = form.getValues();
  const validFrom = values.validFrom ?? today;
  const submit = form.onSubmit(async (typed) => {
    const price = typedPrice(typed);
    if (!(await set.run({ planId: plan.id, price, validFrom: localDate(validFrom) }))) return;
    toast('ok', 'Price set', `${plan.name} in ${price.currency}, from ${formatDay(validFrom)}`);
    onClose();
  });
  return (
    <Dialog title={`New price of ${plan.name}`} environment={environment} onClose={onClose}>
      <Form
        onSubmit={submit}
        problem={set.error ? <Note tone="bad">{set.error.sentence}</Note> : undefined}
        foot={
          <>
            <Button type="submit" kind="primary" busy={set.pending}>
              Set the price
            </Button>
            <Button kind="ghost" onClick={onClose}>
              Cancel
            </Button>
          </>
        }
      >
        <FormSection title="From a day on" hint="What was sold before keeps its price.">
          <SelectField
            label="Currency"
            data={Object.keys(CURRENCIES)}
            {...form.getInputProps('currency')}
            onChange={(currency) => {
              if (currency) form.setValues(priceOf(plan, currency as Currency));
            }}
          />
          <DateField label="From" minDate={today} {...form.getInputProps('validFrom')} value={validFrom} />
          <PriceFields currency={values.currency} inputProps={(field) => form.getInputProps(field)} />
          <PriceExample price={values} />
        </FormSection>
      </Form>
    </Dialog>
  );
}
