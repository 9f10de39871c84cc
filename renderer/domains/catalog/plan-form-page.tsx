import '../billing/billing.css';
import { Link, useLocation } from 'wouter';
import { useForm } from '@mantine/form';
import IconPlus from '@tabler/icons-react/dist/esm/icons/IconPlus.mjs';
import IconX from '@tabler/icons-react/dist/esm/icons/IconX.mjs';
import type { PlanPrice } from '../../../shared/domains/catalog/catalog-contract.ts';
import { localDate } from '../../../shared/kernel/local-date.ts';
import { CURRENCIES } from '../../../shared/kernel/money.ts';
import type { Currency } from '../../../shared/kernel/money.ts';
import { useCommand } from '../../client/use-command.ts';
import { useMay } from '../../client/use-may.ts';
import { ActionButton, Button } from '../../ui/button.tsx';
import { DateField } from '../../ui/date-field.tsx';
import { DraftNote } from '../../ui/draft-note.tsx';
import { useFormDraft } from '../../ui/form-draft.ts';
import { Form, FormSection, SelectField, TextField } from '../../ui/form-field.tsx';
import { Note } from '../../ui/note.tsx';
import { PageHead } from '../../ui/page-head.tsx';
import { toast } from '../../ui/toast.ts';
import { useBillingToday } from '../billing/use-day-state.ts';
import { PriceExample, PriceFields, priceFault, typedPrice } from './price-fields.tsx';

interface PlanDraft extends Record<string, unknown> {
  name: string;
  description: string;
  validFrom: string | null;
  prices: PlanPrice[];
}

const ALL = Object.keys(CURRENCIES) as Currency[];
const emptyPrice = (currency: Currency): PlanPrice => ({
  currency,
  perMonth: '',
  perVcpuHour: '',
  perGibHour: '',
});

/** A new plan with its first prices; what is typed stays across errors and reloads. */
export function PlanFormPage() {
  const [, navigate] = useLocation();
  const today = useBillingToday();
  const create = useCommand('catalog.planCreate');
  const may = useMay('catalog.write');
  const form = useForm<PlanDraft>({
    mode: 'controlled',
    initialValues: { name: '', description: '', validFrom: null, prices: [emptyPrice('EUR')] },
    validateInputOnBlur: true,
    validate: {
      name: (name) => (name.trim() === '' ? 'Write the name as customers know it, such as A-4.' : null),
      prices: { perMonth: priceFault, perVcpuHour: priceFault, perGibHour: priceFault },
    },
  });
  const draft = useFormDraft(form, 'plan-new');
  const { prices, validFrom } = form.getValues();
  const unused = ALL.find((currency) => !prices.some((price) => price.currency === currency));
  const submit = form.onSubmit(async (values) => {
    const made = await create.run({
      name: values.name,
      description: values.description,
      prices: values.prices.map(typedPrice),
      validFrom: localDate(values.validFrom ?? today),
    });
    if (!made) return;
    draft.clear();
    toast('ok', 'Plan made', values.name.trim());
    navigate(`/plans/${made.planId}`, { replace: true });
  });
  const nameTaken = create.refusal === 'name-taken';
  return (
    <>
      <PageHead title="New plan" />
      <div className="ik-page">
        <Form
          onSubmit={submit}
          problem={create.error && !nameTaken ? <Note tone="bad">{create.error.sentence}</Note> : undefined}
          foot={
            <>
              <ActionButton type="submit" kind="primary" busy={create.pending} reason={may}>
                Make the plan
              </ActionButton>
              <Button
                kind="ghost"
                onClick={() => {
                  draft.clear();
                  navigate('/plans');
                }}
              >
                Cancel
              </Button>
            </>
          }
        >
          {draft.restored ? <DraftNote onDiscard={draft.discard} /> : null}
          <p className="ik-example ik-in-text">
            Charged day by day, for one VM: a month, its vCPU-hours and its GiB-hours.{' '}
            <Link href="/plans/new/by-period" className="ik-link">
              Charge by the period instead
            </Link>{' '}
            for fees in advance, set-up, tiers, pools, trials and discounts.
          </p>
          <FormSection title="What is sold">
            <TextField
              label="Name"
              required
              autoFocus
              placeholder="A-4"
              {...form.getInputProps('name')}
              {...(nameTaken ? { error: create.error?.sentence } : {})}
            />
            <DateField
              label="Prices hold from"
              description="First day that can be sold"
              {...form.getInputProps('validFrom')}
              value={validFrom ?? today}
            />
            <div className="ik-wide">
              <TextField label="Description" {...form.getInputProps('description')} />
            </div>
          </FormSection>
          {prices.map((price, at) => (
            <FormSection key={price.currency} title={`Price in ${price.currency}`}>
              <SelectField
                label="Currency"
                data={ALL.map((currency) => ({
                  value: currency,
                  label: currency,
                  disabled: currency !== price.currency && prices.some((each) => each.currency === currency),
                }))}
                {...form.getInputProps(`prices.${at}.currency`)}
              />
              <PriceFields
                currency={price.currency}
                inputProps={(field) => form.getInputProps(`prices.${at}.${field}`)}
              />
              <PriceExample price={price} />
              {prices.length > 1 ? (
                <div className="ik-wide">
                  <Button
                    size="sm"
                    kind="ghost"
                    icon={IconX}
                    onClick={() => {
                      form.removeListItem('prices', at);
                    }}
                  >
                    {`Without a price in ${price.currency}`}
                  </Button>
                </div>
              ) : null}
            </FormSection>
          ))}
          {unused ? (
            <div>
              <Button
                icon={IconPlus}
                onClick={() => {
                  form.insertListItem('prices', emptyPrice(unused));
                }}
              >
                Another currency
              </Button>
            </div>
          ) : null}
          <p className="ik-example">
            Customers pay in their own currency: a plan can be sold to those whose currency it has a price in.
            Prices are net of VAT.
          </p>
        </Form>
      </div>
    </>
  );
}
