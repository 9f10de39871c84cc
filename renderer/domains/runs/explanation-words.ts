/** How an amount came about, as facts of a charge: a label and what it says. */
export type ExplanationFact = readonly [label: string, value: string];

const record = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
const text = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : '';
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? (value as unknown[]) : []);

/** `2026-08-01 to 2026-08-31` of first day and first day after. */
function days(value: unknown): string {
  const [from, to] = list(value).map(text);
  return from === undefined || to === undefined ? '' : `${from} up to ${to}, not included`;
}

const EVENTS_SHOWN = 20;

/** An exact amount may be a fraction: shown to 4 decimals, marked where it goes on. */
export function exactText(value: unknown): string {
  const [numerator, denominator] = text(value).split('/');
  if (numerator === undefined || denominator === undefined) return text(value);
  const exact = Number(numerator) / Number(denominator);
  return `${exact.toFixed(4)}… (${text(value)})`;
}

function minor(value: unknown): string {
  const amount = Number(text(value));
  return (amount / 100).toFixed(2);
}

const COUNTED_AS: Readonly<Record<string, string>> = {
  peak: 'the highest reading',
  last: 'the last reading',
  daily: 'what each day was beyond what was bought',
};

const POOL_DAYS_SHOWN = 10;

/** Which VMs of a pool its readings are of: of the highest day where that counts, else of the latest ones. */
function poolFacts(of: Readonly<Record<string, unknown>>): ExplanationFact[] {
  const all = list(of['pool']).map(record);
  const amount = (value: unknown): number => {
    const [numerator = '0', denominator = '1'] = text(value).split('/');
    return Number(numerator) / Number(denominator);
  };
  const byHeight = all.toSorted((one, other) => amount(other['quantity']) - amount(one['quantity']));
  const shown = byHeight.slice(0, of['aggregate'] === 'peak' ? 1 : POOL_DAYS_SHOWN);
  return shown.map((day): ExplanationFact => {
    const hour = text(day['hour']).slice(0, 16).replace('T', ' ');
    const members = list(day['members']).map(record);
    const words = members.map((member) => `${text(member['vm'])} ${exactText(member['quantity'])}`);
    return [
      hour === '' ? `VMs on ${text(day['day'])}` : `VMs at ${hour} UTC`,
      `${words.join(', ')}: ${exactText(day['quantity'])} together`,
    ];
  });
}

function usageFacts(of: Readonly<Record<string, unknown>>): ExplanationFact[] {
  const events = list(of['events']).map(text);
  const more = events.length - EVENTS_SHOWN;
  return [
    ['Meter', text(of['meter'])],
    ['Counted as', COUNTED_AS[text(of['aggregate'])] ?? 'the sum of its readings'],
    ['Read', text(of['quantity'])],
    ['Included', text(of['included'])],
    ['Billable', text(of['billable'])],
    ...list(of['steps']).map((step): ExplanationFact => {
      const { quantity, price, amount } = record(step);
      return ['Step', [text(quantity), '×', text(price), '=', exactText(amount)].filter(Boolean).join(' ')];
    }),
    ['Part of the period', text(of['share'])],
    ['Minimum', text(of['minimum'])],
    ['At most', text(of['cap'])],
    ...discountFacts(of),
    ['Exactly', exactText(of['exact'])],
    ['Charged before', minor(of['alreadyMinor'])],
    ...poolFacts(of),
    [
      `Readings, ${events.length}`,
      events.slice(0, EVENTS_SHOWN).join(', ') + (more > 0 ? ` and ${more} more` : ''),
    ],
  ];
}

function discountFacts(of: Readonly<Record<string, unknown>>): ExplanationFact[] {
  return list(of['discounts']).map((each): ExplanationFact => {
    const { id, kind, leaves } = record(each);
    return ['Discount', `${text(id)} (${text(kind)}) leaves ${exactText(leaves)}`];
  });
}

/** Facts in the order one asks for them; none for a charge that quantity and price say all about. */
export function explanationFacts(explanation: unknown): ExplanationFact[] {
  const of = record(explanation);
  const facts = (): ExplanationFact[] => {
    switch (of['kind']) {
      case 'set-up':
        return [
          ['Price', text(of['price'])],
          ['Units', text(of['units'])],
        ];
      case 'service':
        return [
          ['Price of a period', text(of['price'])],
          ['Units', text(of['units'])],
          ...discountFacts(of),
          ['A whole period', exactText(of['perPeriod'])],
          ['Days', `${text(of['days'])} of ${text(of['ofDays'])} (${days(of['period'])})`],
          ['Exactly', exactText(of['exact'])],
        ];
      case 'usage':
        return usageFacts(of);
      case 'repair':
        return [
          ['Invoiced', minor(of['invoicedMinor'])],
          ['Days not served', `${text(of['days'])} of ${text(of['ofDays'])} (${days(of['period'])})`],
          ['A whole period', exactText(of['perPeriod'])],
          ['Taken back before', minor(of['repairedBeforeMinor'])],
        ];
      case 'usage-withdrawn':
        return [['Charged before', minor(of['alreadyMinor'])]];
      case 'by-hand':
        return [
          ['Why', text(of['reason'])],
          ['By', text(of['by'])],
        ];
      case 'again':
        return [['Billed again', `line ${text(of['lineNo'])} of ${text(of['number'])}`]];
      default:
        return [];
    }
  };
  return facts().filter(([, value]) => value !== '');
}
