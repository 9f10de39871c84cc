export interface RangeWords {
  readonly value: Range;
  readonly label: string;
  readonly title: string;
  /** How far apart its points are. */
  readonly sample: string;
}
export type Range = '5min' | StoredRange;
export type StoredRange = '1h' | '24h' | '7d' | '30d' | '1y' | '2y';

export const RANGES: readonly RangeWords[] = [
  { value: '5min', label: '5 min', title: 'Last 5 minutes', sample: 'every 2 s' },
  { value: '1h', label: '1 h', title: 'Last hour', sample: '1 min means, then every 2 s' },
  { value: '24h', label: '24 h', title: 'Last 24 hours', sample: '1 min means' },
  { value: '7d', label: '7 d', title: 'Last 7 days', sample: '5 min means' },
  { value: '30d', label: '30 d', title: 'Last 30 days', sample: '30 min means' },
  { value: '1y', label: '1 y', title: 'Last year', sample: '6 h means' },
  { value: '2y', label: '2 y', title: 'Last 2 years', sample: '12 h means' },
];

/** What is stored; live is one VM's own page alone. */
export const STORED_RANGES: readonly RangeWords[] = RANGES.filter((range) => range.value !== '5min').map(
  (range) => (range.value === '1h' ? { ...range, sample: '1 min means' } : range),
);

/** The range of these words in an address; an hour where they say none. */
export function rangeOf(text: string): Range {
  return RANGES.find((range) => range.value === text)?.value ?? '1h';
}

export function storedRangeOf(text: string): StoredRange {
  const range = rangeOf(text);
  return range === '5min' ? '1h' : range;
}

/** "Last 24 hours · 1 min means", and the other ranges to choose from. */
export function RangeChoice({
  value,
  ranges = RANGES,
  hasStored,
  onChange,
}: {
  value: Range;
  ranges?: readonly RangeWords[];
  /** Stored means are among what is shown. */
  hasStored: boolean;
  onChange: (range: Range) => void;
}) {
  const words = (of: Range): RangeWords | undefined => ranges.find((range) => range.value === of);
  // Until it was watched for so long, the last minutes begin with what is stored, as the last hour does.
  const sample = words(value === '5min' && hasStored ? '1h' : value)?.sample;
  return (
    <div className="ik-fleet-range">
      <h3 className="ik-strong ik-sm">{words(value)?.title}</h3>
      <span className="ik-xs ik-t3">{sample}</span>
      <span className="ik-ranges" role="group" aria-label="Range">
        {ranges.map((range) => (
          <button
            key={range.value}
            type="button"
            aria-pressed={range.value === value}
            onClick={() => {
              onChange(range.value);
            }}
          >
            {range.label}
          </button>
        ))}
      </span>
    </div>
  );
}
