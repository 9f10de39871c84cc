import { splitBytes } from '../../shared/kernel/bytes.ts';
import { formatMinor } from './format.ts';

/** A number and its unit, the unit quiet. */
export function Figure({ value, unit }: { value: string | number; unit: string }) {
  return (
    <span className="ik-tn">
      {value} <span className="ik-u">{unit}</span>
    </span>
  );
}

/** The same in a cell of a list, which has tabular figures itself: one text, one element, no component. */
export function inUnit(value: string | number, unit: string) {
  return (
    <>
      {`${value} `}
      <span className="ik-u">{unit}</span>
    </>
  );
}

/** The same of bytes. */
export function inBytes(bytes: number) {
  const { value, unit } = splitBytes(bytes);
  return inUnit(value, unit);
}

/** `17179869184` → `16 GiB`; null reads "–". */
export function BytesText({ bytes }: { bytes: number | null | undefined }) {
  if (bytes === null || bytes === undefined) return <span className="ik-t3">–</span>;
  const { value, unit } = splitBytes(bytes);
  return <Figure value={value} unit={unit} />;
}

/** Money as it crosses the contract (`{ amountMinor: "1250", currency: "EUR" }`) → `12.50 EUR`. */
export function MoneyText(props: {
  money: { amountMinor: string; currency: string } | null | undefined;
  /** Where the column's head names the currency. */
  withoutCurrency?: boolean;
}) {
  if (!props.money) return <span className="ik-t3">–</span>;
  const amount = formatMinor(props.money.amountMinor);
  return props.withoutCurrency ? (
    <span className="ik-tn">{amount}</span>
  ) : (
    <Figure value={amount} unit={props.money.currency} />
  );
}
