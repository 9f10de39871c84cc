/** Writing billing stories for tests: the same language as the files of ../shared/vectors, with a word for each step. */
export type StoryStep = Readonly<Record<string, unknown>>;

export interface StoryForTest {
  readonly id: string;
  readonly customer: Readonly<Record<string, unknown>>;
  readonly plans: Readonly<Record<string, unknown>>;
  readonly steps: readonly StoryStep[];
}

export function monthly(price: string, more: object = {}): object {
  return { kind: 'recurring', every: 'month', timing: 'in-advance', align: 'anchor', price, ...more };
}

export function planOf(...components: readonly object[]): object {
  return { components };
}

export const subscribe = (at: string, more: object = {}): StoryStep => ({
  at,
  do: 'subscribe',
  plan: 'p',
  as: 's1',
  ...more,
});
export const change = (at: string, more: object): StoryStep => ({ at, do: 'change', ...more });
export const cancel = (at: string, when = 'now'): StoryStep => ({ at, do: 'cancel', when });
export const pause = (at: string): StoryStep => ({ at, do: 'pause' });
export const resume = (at: string): StoryStep => ({ at, do: 'resume' });
export const anchor = (at: string, day: number): StoryStep => ({ at, do: 'anchor', day });
export const pay = (at: string, amount: string): StoryStep => ({ at, do: 'pay', amount });
export const adjust = (at: string, amount: string, more: object = {}): StoryStep => ({
  at,
  do: 'adjust',
  amount,
  ...more,
});
export const discount = (at: string, given: object): StoryStep => ({ at, do: 'discount', discount: given });
export const discountEnd = (at: string, discountId: string): StoryStep => ({
  at,
  do: 'discount-end',
  discountId,
});
export const usage = (at: string, quantity: string, more: object = {}): StoryStep => ({
  at,
  do: 'usage',
  meter: 'gib',
  quantity,
  id: `${at} ${quantity}`,
  ...more,
});

/** What must be on the bill, each line as `2026-01-31..2026-02-28 10.00`. */
export function bill(lines: readonly string[], more: object = {}): StoryStep {
  const told = lines.map((line) => {
    const [, from, to, amount] = /^(\S+)\.\.(\S+) (\S+)$/.exec(line) ?? [];
    if (amount === undefined) throw new Error(`not a line: ${line}`);
    return [from, to, amount];
  });
  return { expect: { lines: told, ...more } };
}

/** A run, and what must be on the bill then. */
export const run = (at: string, ...lines: readonly string[]): readonly StoryStep[] => [
  { at, do: 'run' },
  bill(lines),
];
export const preview = (at: string, ...lines: readonly string[]): readonly StoryStep[] => [
  { at, do: 'preview' },
  bill(lines),
];
export const owes = (balance: string): StoryStep => ({ expect: { balance } });
export const credited = (creditTotal: string): StoryStep => ({ expect: { creditTotal } });

/** A story of one plan `p`, or of several by name. */
export function story(
  id: string,
  plans: object,
  steps: readonly (StoryStep | readonly StoryStep[])[],
  customer: Readonly<Record<string, unknown>> = {},
): StoryForTest {
  return {
    id,
    customer: { zone: 'Europe/Warsaw', currency: 'EUR', anchorDay: null, ...customer },
    plans: ('components' in plans ? { p: plans } : plans) as StoryForTest['plans'],
    steps: steps.flat(),
  };
}

/** Prices of 31 a month make a day of January 1, and of 30 a day of June. */
export const p31 = planOf(monthly('31.00'));
export const p30 = planOf(monthly('30.00'));
export const arrears = { timing: 'in-arrears' };
export const calendar = { align: 'calendar' };
export const on1 = { anchorDay: 1 };
export const yearly = (price: string, more: object = {}): object =>
  monthly(price, { every: 'year', ...more });
export const metered = (more: object): object =>
  planOf({ kind: 'usage', meter: 'gib', every: 'month', ...more });
