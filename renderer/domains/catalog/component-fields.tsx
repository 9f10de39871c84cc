import type { UseFormReturnType } from '@mantine/form';
import { Checkbox } from '@mantine/core';
import IconPlus from '@tabler/icons-react/dist/esm/icons/IconPlus.mjs';
import IconX from '@tabler/icons-react/dist/esm/icons/IconX.mjs';
import { VM_METERS } from '../../../shared/domains/billing/meter-rules.ts';
import { EVERY } from '../../../shared/domains/billing/period-rules.ts';
import { AGGREGATES, POOL_AGGREGATES } from '../../../shared/domains/billing/price-component.ts';
import { periodsOf, type Aggregation } from '../../../shared/domains/metering/usage-meter-rules.ts';
import { useQuery } from '../../client/use-query.ts';
import { Button } from '../../ui/button.tsx';
import { SelectField, TextField } from '../../ui/form-field.tsx';
import { EVERY_WORDS, KIND_WORDS } from './component-words.ts';
import type { ComponentDraft, VersionDraft } from './version-draft.ts';

type VersionForm = UseFormReturnType<VersionDraft>;
interface Of {
  readonly form: VersionForm;
  readonly at: number;
  readonly component: ComponentDraft;
}

const everyOptions = EVERY.map((every) => ({ value: every, label: EVERY_WORDS[every] }));
const TIMING = [
  { value: 'in-advance', label: 'In advance' },
  { value: 'in-arrears', label: 'In arrears' },
];
const ALIGN = [
  { value: 'anchor', label: 'From the anchor day' },
  { value: 'calendar', label: 'By the calendar' },
];
const TIERS = [
  { value: 'flat', label: 'Each unit the same' },
  { value: 'graduated', label: 'Graduated: each unit at its band' },
  { value: 'volume', label: 'Volume: all at the band of the whole' },
  { value: 'package', label: 'By begun packages' },
];
const AGGREGATE = [
  { value: 'sum', label: 'All of the period' },
  { value: 'peak', label: 'The highest day' },
  { value: 'last', label: 'The last reading' },
] as const;
const POOL_AGGREGATE = [
  { value: 'daily', label: 'Each day beyond it' },
  { value: 'peak', label: 'The highest day of the period' },
  { value: 'sum', label: 'All of the period together' },
  { value: 'last', label: 'The last reading' },
] as const;

/** How a period may be made of the days of a meter: any way while it is not known how it is read. */
function aggregatesOf(
  aggregation: Aggregation | undefined,
  kind: ComponentDraft['kind'],
): readonly ComponentDraft['aggregate'][] {
  if (aggregation !== undefined) return periodsOf(aggregation, kind);
  return kind === 'pool' ? POOL_AGGREGATES : AGGREGATES;
}

/** One component of a version: its kind's own fields. */
export function ComponentFields({ form, at, component }: Of) {
  const { kind, id } = component;
  const props = (field: string) => form.getInputProps(`components.${at}.${field}`);
  const { currency, components } = form.getValues();
  return (
    <fieldset className="ik-comp">
      <legend>{KIND_WORDS[kind]}</legend>
      <div className="ik-comp-fields">
        <TextField
          label={kind === 'option' ? 'Short name' : 'Name'}
          description={kind === 'option' ? 'In requests' : 'On invoices'}
          required
          {...props('id')}
        />
        {kind === 'option' ? (
          <>
            <TextField
              label="Called"
              description="On invoices"
              placeholder="Backup every night"
              required
              {...props('name')}
            />
            <TextField
              label="At most"
              description="Of one subscription"
              placeholder="any number"
              inputMode="numeric"
              {...props('most')}
            />
          </>
        ) : null}
        {kind === 'usage' ? null : (
          <TextField
            label={
              kind === 'pool' || kind === 'allocation' || kind === 'option' ? 'Price of a unit' : 'Price'
            }
            description={kind === 'set-up' ? 'Once' : 'For a whole period'}
            unit={currency}
            placeholder="0"
            inputMode="decimal"
            {...props('price')}
          />
        )}
        {kind === 'set-up' ? null : <Period form={form} at={at} component={component} />}
        {kind === 'allocation' ? (
          <>
            <TextField
              label="What is allotted"
              description="As ordered"
              placeholder="memory-gib"
              required
              {...props('resource')}
            />
            <TextField
              label="Free units"
              description="Included"
              placeholder="0"
              inputMode="decimal"
              {...props('included')}
            />
          </>
        ) : null}
        {kind === 'pool' ? (
          <TextField
            label="Units bought"
            description="For each of the quantity"
            required
            inputMode="decimal"
            {...props('bought')}
          />
        ) : null}
        {kind === 'usage' || kind === 'pool' ? <Metered form={form} at={at} component={component} /> : null}
        {kind === 'usage' || kind === 'allocation' ? (
          <Checkbox
            className="ik-wide"
            size="xs"
            label={
              kind === 'usage'
                ? 'Included, least and most are for each unit of the quantity'
                : 'Included are for each unit of the quantity'
            }
            {...form.getInputProps(`components.${at}.forEachUnit`, { type: 'checkbox' })}
          />
        ) : null}
        {kind === 'set-up' || kind === 'recurring' ? null : (
          <Checkbox
            className="ik-wide"
            size="xs"
            label="Charged in the trial of the plan, too"
            {...form.getInputProps(`components.${at}.chargedInTrial`, { type: 'checkbox' })}
          />
        )}
        {kind === 'recurring' || kind === 'allocation' || kind === 'pool' ? (
          <TextField
            label="Trial"
            description="From the first day"
            unit="days"
            placeholder="0"
            inputMode="numeric"
            {...props('trialDays')}
          />
        ) : null}
      </div>
      {components.length > 1 ? (
        <div className="ik-comp-words">
          <Button
            size="sm"
            kind="ghost"
            icon={IconX}
            onClick={() => {
              form.removeListItem('components', at);
            }}
          >
            {`Without ${id.trim() === '' ? 'it' : id}`}
          </Button>
        </div>
      ) : null}
    </fieldset>
  );
}

function Period({ form, at, component }: Of) {
  const props = (field: string) => form.getInputProps(`components.${at}.${field}`);
  return (
    <>
      <SelectField
        label="Billed"
        description="Length of a period"
        data={everyOptions}
        allowDeselect={false}
        {...props('every')}
      />
      {component.kind === 'usage' ? null : (
        <SelectField
          label="Due"
          description="Before or after it"
          data={TIMING}
          allowDeselect={false}
          {...props('timing')}
        />
      )}
      <SelectField
        label="Periods begin"
        description="Or on the 1st"
        data={ALIGN}
        allowDeselect={false}
        {...props('align')}
      />
    </>
  );
}

function Metered({ form, at, component }: Of) {
  const props = (field: string) => form.getInputProps(`components.${at}.${field}`);
  const { currency } = form.getValues();
  const { kind, tiers, meter } = component;
  const declared = useQuery('metering.meterList', {}, { topics: ['meter'] }).data?.rows ?? [];
  const known = declared.find(({ name }) => name === meter);
  const names = [...new Set<string>([...VM_METERS, ...declared.map(({ name }) => name), meter])];
  const meters = names.filter(Boolean).map((name) => {
    const unit = declared.find((each) => each.name === name && each.source !== 'hosts')?.unit;
    return { value: name, label: unit === undefined ? name : `${name}, in ${unit}` };
  });
  const counted = props('meter') as { onChange: (name: string | null) => void };
  const may = aggregatesOf(known?.aggregation, kind);
  const isPool = kind === 'pool';
  return (
    <>
      <SelectField
        label="Counted"
        description={known?.source === 'events' ? 'Told from outside' : 'What a VM uses'}
        data={meters}
        searchable
        allowDeselect={false}
        {...counted}
        onChange={(name) => {
          counted.onChange(name);
          const [first = 'sum', ...others] = aggregatesOf(
            declared.find((each) => each.name === name)?.aggregation,
            kind,
          );
          if (![first, ...others].includes(component.aggregate))
            form.setFieldValue(`components.${at}.aggregate`, first);
        }}
      />
      <SelectField
        label={isPool ? 'Beyond is measured by' : 'Taken is'}
        description={isPool ? 'Of all members together' : 'Of the readings'}
        data={(isPool ? POOL_AGGREGATE : AGGREGATE).filter(({ value }) => may.includes(value))}
        allowDeselect={false}
        {...props('aggregate')}
      />
      <SelectField
        label={kind === 'pool' ? 'Beyond the pool' : 'Priced'}
        description="How units become money"
        data={TIERS}
        allowDeselect={false}
        {...props('tiers')}
      />
      {tiers === 'flat' || tiers === 'package' ? (
        <TextField
          label={tiers === 'flat' ? 'Price of a unit' : 'Price of a package'}
          description={kind === 'pool' ? 'Used beyond' : 'Used'}
          unit={currency}
          placeholder="0"
          inputMode="decimal"
          {...props('unitPrice')}
        />
      ) : (
        <Bands form={form} at={at} component={component} />
      )}
      {tiers === 'package' ? (
        <TextField
          label="Units in a package"
          description="A begun one counts"
          required
          inputMode="decimal"
          {...props('package')}
        />
      ) : null}
      {kind === 'usage' ? (
        <>
          <TextField
            label="Included"
            description="Costs nothing"
            placeholder="0"
            inputMode="decimal"
            {...props('included')}
          />
          <TextField
            label="At least"
            description="Of a whole period"
            unit={currency}
            placeholder="no minimum"
            inputMode="decimal"
            {...props('minimum')}
          />
          <TextField
            label="At most"
            description="Of a whole period"
            unit={currency}
            placeholder="no cap"
            inputMode="decimal"
            {...props('cap')}
          />
          <Checkbox
            className="ik-wide"
            size="xs"
            label="A part of a period includes only its part"
            {...form.getInputProps(`components.${at}.proratesIncluded`, { type: 'checkbox' })}
          />
        </>
      ) : null}
    </>
  );
}

function Bands({ form, at, component }: Of) {
  const path = `components.${at}.bands`;
  const { currency } = form.getValues();
  const last = component.bands.length - 1;
  return (
    <div className="ik-wide ik-col" style={{ gap: 8 }}>
      {component.bands.map((_band, index) => (
        // Bands have no other name than their place.
        <div className="ik-bands" key={index}>
          {index === last ? (
            <TextField label="Up to" value="all beyond" readOnly />
          ) : (
            <TextField
              label="Up to"
              inputMode="decimal"
              required
              {...form.getInputProps(`${path}.${index}.upTo`)}
            />
          )}
          <TextField
            label="Price of a unit"
            unit={currency}
            placeholder="0"
            inputMode="decimal"
            {...form.getInputProps(`${path}.${index}.price`)}
          />
          <TextField
            label="Once it is reached"
            unit={currency}
            placeholder="0"
            inputMode="decimal"
            {...form.getInputProps(`${path}.${index}.flat`)}
          />
          {component.bands.length > 1 ? (
            <Button
              kind="ghost"
              icon={IconX}
              label={`Without band ${index + 1}`}
              onClick={() => {
                form.removeListItem(path, index);
              }}
            />
          ) : null}
        </div>
      ))}
      <div>
        <Button
          size="sm"
          icon={IconPlus}
          onClick={() => {
            form.insertListItem(path, { upTo: '', price: '', flat: '' }, last);
          }}
        >
          Another band
        </Button>
      </div>
    </div>
  );
}
