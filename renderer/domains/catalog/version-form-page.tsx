import './version.css';
import { useLocation, useParams } from 'wouter';
import { useForm } from '@mantine/form';
import { Menu } from '@mantine/core';
import IconPlus from '@tabler/icons-react/dist/esm/icons/IconPlus.mjs';
import type { PriceComponent } from '../../../shared/domains/billing/price-component.ts';
import type { PlanDetail } from '../../../shared/domains/catalog/catalog-contract.ts';
import { localDate } from '../../../shared/kernel/local-date.ts';
import { CURRENCIES, type Currency } from '../../../shared/kernel/money.ts';
import { useCommand } from '../../client/use-command.ts';
import { useMay } from '../../client/use-may.ts';
import { useQuery } from '../../client/use-query.ts';
import { ActionButton, Button } from '../../ui/button.tsx';
import { DateField } from '../../ui/date-field.tsx';
import { DraftNote } from '../../ui/draft-note.tsx';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { useFormDraft } from '../../ui/form-draft.ts';
import { Form, FormSection, SelectField, TextField } from '../../ui/form-field.tsx';
import { formatDay } from '../../ui/format.ts';
import { Note } from '../../ui/note.tsx';
import { PageHead } from '../../ui/page-head.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { toast } from '../../ui/toast.ts';
import { useBillingToday } from '../billing/use-day-state.ts';
import { ComponentFields } from './component-fields.tsx';
import { KIND_WORDS } from './component-words.ts';
import { draftOf, emptyComponent, EMPTY_VERSION, priceOf, type VersionDraft } from './version-draft.ts';
import { versionFaults } from './version-faults.ts';
import { VersionPreview } from './version-preview.tsx';

const VAT = [
  { value: 'added', label: 'Without VAT: it is added' },
  { value: 'included', label: 'With VAT in them' },
];
const PRORATION = [
  { value: 'actual-days', label: 'By the days of the period' },
  { value: 'thirty-day', label: 'By months of 30 days' },
];
const CYCLE = [
  { value: 'by-timing', label: 'Anew where paid in advance' },
  { value: 'restart', label: 'Anew' },
  { value: 'keep', label: 'As they were' },
];
const KINDS = Object.keys(KIND_WORDS) as PriceComponent['kind'][];

/** The latest version in a currency as the draft of the next; a plan without one begins with a fee. */
function firstDraft(plan: PlanDetail | null, currency: Currency | undefined): VersionDraft {
  const versions = plan?.periodVersions ?? [];
  const found = versions.find(({ price }) => currency === undefined || price.currency === currency);
  const like = found ?? versions[0];
  if (like === undefined) return { ...EMPTY_VERSION, currency: currency ?? EMPTY_VERSION.currency };
  return { ...EMPTY_VERSION, ...draftOf(like.price), currency: currency ?? like.price.currency };
}

/** A free short name for another component. */
function freshId(kind: PriceComponent['kind'], taken: readonly string[]): string {
  const base = {
    'set-up': 'set-up',
    recurring: 'fee',
    allocation: 'units',
    option: 'option',
    usage: 'usage',
    pool: 'pool',
  }[kind];
  for (let count = 1; ; count++) {
    const id = count === 1 ? base : `${base}-${count}`;
    if (!taken.includes(id)) return id;
  }
}

function VersionForm({ plan }: { plan: PlanDetail | null }) {
  const [, navigate] = useLocation();
  const today = useBillingToday();
  const create = useCommand('catalog.planCreate');
  const add = useCommand('catalog.planVersionAdd');
  const products = useQuery('catalog.productList', plan ? null : {});
  const may = useMay('catalog.write');
  const isNew = plan === null;
  const run = isNew ? create : add;
  const form = useForm<VersionDraft>({
    mode: 'controlled',
    initialValues: firstDraft(plan, undefined),
    validateInputOnBlur: true,
    validate: (values) => versionFaults(values, isNew),
  });
  const draft = useFormDraft(form, isNew ? 'plan-by-period' : `plan-version-${plan.id}`);
  const values = form.getValues();
  const validFrom = localDate(values.validFrom ?? today);
  const hasFault = Object.keys(versionFaults(values, false)).length > 0;
  const back = isNew ? '/plans' : `/plans/${plan.id}`;
  const submit = form.onSubmit(async (typed) => {
    const price = priceOf(typed);
    if (isNew) {
      const made = await create.run({
        name: typed.name,
        description: typed.description,
        ...(typed.productId !== null && { productId: typed.productId }),
        periodPrices: [price],
        validFrom,
      });
      if (!made) return;
      draft.clear();
      toast('ok', 'Plan made', typed.name.trim());
      navigate(`/plans/${made.planId}`, { replace: true });
      return;
    }
    if (!(await add.run({ planId: plan.id, validFrom, price }))) return;
    draft.clear();
    toast('ok', 'Version added', `${plan.name} in ${price.currency}, from ${formatDay(validFrom)}`);
    navigate(back, { replace: true });
  });
  const nameTaken = create.refusal === 'name-taken';
  return (
    <div className="ik-ver">
      <Form
        onSubmit={submit}
        problem={run.error && !nameTaken ? <Note tone="bad">{run.error.sentence}</Note> : undefined}
        foot={
          <>
            <ActionButton type="submit" kind="primary" busy={run.pending} reason={may}>
              {isNew ? 'Make the plan' : 'Add the version'}
            </ActionButton>
            <Button
              kind="ghost"
              onClick={() => {
                draft.clear();
                navigate(back);
              }}
            >
              Cancel
            </Button>
          </>
        }
      >
        {draft.restored ? <DraftNote onDiscard={draft.discard} /> : null}
        {isNew ? (
          <FormSection title="What is sold">
            <TextField
              label="Name"
              required
              autoFocus
              placeholder="Office 50"
              {...form.getInputProps('name')}
              {...(nameTaken ? { error: create.error?.sentence } : {})}
            />
            <SelectField
              label="Product"
              placeholder="VPS"
              clearable
              data={(products.data?.rows ?? []).map(({ id, name }) => ({ value: id, label: name }))}
              {...form.getInputProps('productId')}
            />
            <div className="ik-wide">
              <TextField label="Description" {...form.getInputProps('description')} />
            </div>
          </FormSection>
        ) : null}
        <FormSection
          title="Prices"
          {...(isNew ? {} : { hint: 'What was sold before keeps its version until it is moved.' })}
        >
          <SelectField
            label="Currency"
            allowDeselect={false}
            data={Object.keys(CURRENCIES)}
            {...form.getInputProps('currency')}
            onChange={(currency) => {
              if (!currency) return;
              // Another currency begins as its own latest version, unless something was typed already.
              if (form.isDirty() || isNew) form.setFieldValue('currency', currency as Currency);
              else form.setInitialValues(firstDraft(plan, currency as Currency));
              if (!form.isDirty() && !isNew) form.reset();
            }}
          />
          <DateField
            label="From"
            description="First day it is sold"
            minDate={today}
            {...form.getInputProps('validFrom')}
            value={validFrom}
          />
          <SelectField label="Amounts are" allowDeselect={false} data={VAT} {...form.getInputProps('vat')} />
          <SelectField
            label="A part of a period costs"
            allowDeselect={false}
            data={PRORATION}
            {...form.getInputProps('proration')}
          />
          <SelectField
            label="Periods of who changes to it begin"
            allowDeselect={false}
            data={CYCLE}
            {...form.getInputProps('cycleOnChange')}
          />
          <TextField
            label="Trial of the plan"
            description="All of it is free, from the first day"
            unit="days"
            placeholder="0"
            inputMode="numeric"
            {...form.getInputProps('trialDays')}
          />
        </FormSection>
        <FormSection title="Components" hint="Everything together is the plan; each is a line on invoices.">
          <div className="ik-wide ik-col" style={{ gap: 12 }}>
            {values.components.map((component, at) => (
              <ComponentFields key={at} form={form} at={at} component={component} />
            ))}
            <div>
              <Menu position="bottom-start" width={200}>
                <Menu.Target>
                  <Button icon={IconPlus}>Another component</Button>
                </Menu.Target>
                <Menu.Dropdown>
                  {KINDS.map((kind) => (
                    <Menu.Item
                      key={kind}
                      onClick={() => {
                        const taken = values.components.map(({ id }) => id.trim());
                        form.insertListItem('components', emptyComponent(kind, freshId(kind, taken)));
                      }}
                    >
                      {KIND_WORDS[kind]}
                    </Menu.Item>
                  ))}
                </Menu.Dropdown>
              </Menu>
            </div>
          </div>
        </FormSection>
      </Form>
      <aside aria-label="What it comes to">
        <VersionPreview price={hasFault ? null : priceOf(values)} from={validFrom} />
      </aside>
    </div>
  );
}

/** A version of a plan that is charged by the period, or a new plan with its first one. */
export function VersionFormPage() {
  const { planId } = useParams<{ planId?: string }>();
  const answer = useQuery('catalog.planGet', planId ? { planId } : null);
  const title =
    planId === undefined ? 'New plan by the period' : `New version of ${answer.data?.name ?? '…'}`;
  return (
    <>
      <PageHead title={title} />
      <div className="ik-page">
        {planId === undefined ? (
          <VersionForm plan={null} />
        ) : answer.data ? (
          <VersionForm key={answer.data.id} plan={answer.data} />
        ) : answer.error ? (
          <ErrorPanel title="The plan could not be read" error={answer.error} onRetry={answer.refetch} />
        ) : (
          <Skeleton rows={8} />
        )}
      </div>
    </>
  );
}
