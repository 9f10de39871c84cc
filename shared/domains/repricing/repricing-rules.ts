import type { ListFieldsDeclared } from '../../kernel/list-fields.ts';
import { CURRENCIES } from '../../kernel/money.ts';

/**
 * `previewing` works out what each would pay; `ready` waits for somebody to start it; `moving` moves them; `stopped` stands still
 * half-way and can go on; `taking-back` takes planned moves back; `failed` has no preview; `moved` and `aborted` are ends.
 */
export const REPRICING_STATES = [
  'previewing',
  'ready',
  'moving',
  'stopped',
  'taking-back',
  'failed',
  'moved',
  'aborted',
] as const;
export type RepricingState = (typeof REPRICING_STATES)[number];

/**
 * `unseen` is not previewed yet; `waiting` is to be moved; `skipped` has that price already; `refused` cannot be moved; `failed` was not
 * as previewed any more when its turn came; `cancelled` was left out when the move was ended; `undone` was taken back.
 */
export const REPRICING_ITEM_STATES = [
  'unseen',
  'waiting',
  'done',
  'skipped',
  'refused',
  'failed',
  'cancelled',
  'undone',
] as const;
export type RepricingItemState = (typeof REPRICING_ITEM_STATES)[number];

/** What the items of a move can be asked by. */
export const REPRICING_ITEM_FIELDS = {
  customer: { kind: 'text', hint: 'a part of the name' },
  number: { kind: 'text', hint: 'C-20871' },
  state: { kind: 'word', hint: 'waiting, refused, failed, …', values: [...REPRICING_ITEM_STATES] },
  code: { kind: 'word', hint: 'no-price, held, …' },
  plan: { kind: 'text', hint: 'the plan before' },
  vm: { kind: 'text', hint: 'a part of the name' },
  currency: { kind: 'word', hint: 'EUR, PLN, …', values: Object.keys(CURRENCIES) },
  usage: {
    kind: 'word',
    hint: 'other: what is metered is priced otherwise',
    values: ['none', 'same', 'other'],
  },
} as const satisfies ListFieldsDeclared;

export type RepricingControl = 'start' | 'stop' | 'goOn' | 'abort' | 'retry' | 'takeBack';

interface Standing {
  readonly state: RepricingState;
  readonly counts: Readonly<Record<RepricingItemState, number>>;
  /** Of those done how many are not in effect yet. */
  readonly planned: number;
}

const DOES: Readonly<Record<RepricingState, string>> = {
  previewing: 'its preview is being worked out',
  ready: 'it was not started yet',
  moving: 'it is under way: stop it first',
  stopped: 'it stands still half-way: go on with it, or end it, first',
  'taking-back': 'it is being taken back',
  failed: 'it has no preview',
  moved: 'it has ended',
  aborted: 'it was aborted',
};

const IN: Readonly<Record<RepricingControl, readonly RepricingState[]>> = {
  start: ['ready'],
  stop: ['moving'],
  goOn: ['stopped'],
  abort: ['previewing', 'ready', 'failed', 'stopped'],
  retry: ['ready', 'moved', 'failed'],
  // Previewed again, what was moved before can still be taken back; what is looked at anew is left out then.
  takeBack: ['moved', 'ready', 'failed'],
};

/** Why that cannot be done with a move now; null where it can. Shared by the button and the use case. */
export function whyNotRepricing(control: RepricingControl, of: Standing): string | null {
  const { state, counts } = of;
  if (!IN[control].includes(state)) return DOES[state];
  switch (control) {
    case 'start':
      return counts.waiting > 0 ? null : 'none of its subscriptions can be moved: see why';
    case 'retry':
      // Without a preview there is nothing to be tried again but all of it.
      if (state === 'failed') return null;
      return counts.failed + counts.refused + counts.cancelled > 0
        ? null
        : 'nothing of it failed or was refused';
    case 'takeBack':
      return of.planned > 0 ? null : 'all it did is in effect: what took effect is only changed again';
    default:
      return null;
  }
}
