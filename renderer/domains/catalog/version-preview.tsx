import { useState } from 'react';
import type { RatedLine } from '../../../shared/domains/billing/rating-lines.ts';
import type { PeriodPrice } from '../../../shared/domains/billing/price-component.ts';
import { pricePreview, type SoldExample } from '../../../shared/domains/catalog/price-preview-rules.ts';
import { addDays, type LocalDate } from '../../../shared/kernel/local-date.ts';
import { TextField } from '../../ui/form-field.tsx';
import { formatDay, formatMinor } from '../../ui/format.ts';
import { EXACT, plainNumber } from '../../ui/typed-amount.ts';
import { KeyValues } from '../../ui/key-values.tsx';
import { Panel } from '../../ui/panel.tsx';
import { componentWords } from './component-words.ts';
import { priceFault } from './price-fields.tsx';
import { askedBy } from './version-draft.ts';

/** A month of 31 days of a VM with 2 vCPUs, 4 GiB, 50 GiB of disk and an address that sends 100 GiB. */
const USUAL: Readonly<Record<string, string>> = {
  'vm-hours': '744',
  'vcpu-hours': '1488',
  'memory-gib-hours': '2976',
  'vm-disk-gib-hours': '37200',
  'vm-sent-gib': '100',
  'vm-addresses': '31',
};

function dates({ from, toExclusive }: RatedLine): string {
  if (toExclusive <= from) return formatDay(from);
  const last = addDays(toExclusive, -1);
  return last === from ? formatDay(from) : `${formatDay(from)} – ${formatDay(last)}`;
}

function Lines({ lines, currency }: { lines: readonly RatedLine[]; currency: string }) {
  if (lines.length === 0) return <p className="ik-none">Nothing is due in it.</p>;
  return (
    <table className="ik-tb">
      <colgroup>
        <col />
        <col style={{ width: 170 }} />
        <col style={{ width: 70 }} />
      </colgroup>
      <thead>
        <tr>
          <th>Component</th>
          <th>For</th>
          <th className="ik-num">{currency}</th>
        </tr>
      </thead>
      <tbody>
        {lines.map((line) => (
          <tr key={line.key}>
            <td title={`${line.component}, ${line.reason}`}>{line.component}</td>
            <td className="ik-t2 ik-tn">{dates(line)}</td>
            <td className="ik-num">{formatMinor(line.amountMinor)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** What a version comes to, computed by the rule that will charge it; `price` is null while something of it is at fault. */
export function VersionPreview({ price, from }: { price: PeriodPrice | null; from: LocalDate }) {
  const [typed, setTyped] = useState<Readonly<Record<string, string>>>({});
  const { resources, meters } = price ? askedBy(price) : { resources: [], meters: [] };
  const value = (name: string): string => typed[name] ?? USUAL[name] ?? '1';
  const names = ['quantity', ...resources.map((each) => `of ${each}`), ...meters];
  const isFaulty = names.some((name) => value(name).trim() === '' || priceFault(value(name)) !== null);
  const pairs = (names: readonly string[], prefix = ''): Record<string, string> =>
    Object.fromEntries(names.map((name) => [name, plainNumber(value(`${prefix}${name}`), EXACT)]));
  const sold: SoldExample = {
    from,
    quantity: plainNumber(value('quantity'), EXACT),
    allocations: pairs(resources, 'of '),
    usedPerMonth: pairs(meters),
  };
  const preview = price === null || isFaulty ? null : pricePreview(price, sold);
  const field = (name: string, label: string, unit: string) => (
    <TextField
      key={name}
      label={label}
      unit={unit}
      inputMode="decimal"
      value={value(name)}
      error={priceFault(value(name))}
      onChange={(event) => {
        const { value: now } = event.currentTarget;
        setTyped((before) => ({ ...before, [name]: now }));
      }}
    />
  );
  const vat = price?.vat === 'included' ? 'with VAT' : 'net';
  return (
    <Panel title="What it comes to" meta={`sold from ${formatDay(from)}, ${vat}`} pad>
      <div className="ik-fields" style={{ marginTop: 0 }}>
        {field('quantity', 'Quantity', '')}
        {resources.map((resource) => field(`of ${resource}`, `${resource} as ordered`, ''))}
        {meters.map((meter) => field(meter, meter, 'a month'))}
      </div>
      {preview === null || price === null ? (
        <p className="ik-none">It stands here as soon as all that is typed can be taken.</p>
      ) : (
        <>
          <div style={{ marginTop: 12 }}>
            <KeyValues
              facts={[
                {
                  label: 'First month',
                  value: <Amount minor={preview.months[0] ?? 0n} currency={price.currency} />,
                },
                {
                  label: 'Second month',
                  value: <Amount minor={preview.months[1] ?? 0n} currency={price.currency} />,
                },
                {
                  label: 'First year',
                  value: (
                    <Amount
                      minor={preview.months.reduce((sum, month) => sum + month, 0n)}
                      currency={price.currency}
                    />
                  ),
                },
              ]}
            />
          </div>
          <h3 className="ik-sm ik-strong" style={{ marginTop: 12 }}>
            Due in the first month
          </h3>
          <Lines lines={preview.first} currency={price.currency} />
          <p className="ik-xs ik-t3" style={{ marginTop: 8 }}>
            {price.components.map(componentWords).join('; ')}
          </p>
        </>
      )}
    </Panel>
  );
}

function Amount({ minor, currency }: { minor: bigint; currency: string }) {
  return (
    <span className="ik-tn">
      {formatMinor(minor)} {currency}
    </span>
  );
}
