import { z } from 'zod';
import { command, query } from '../../contract/operation.ts';
import { instant } from '../../contract/page.ts';
import { localDateSchema } from '../../kernel/local-date.ts';
import { POOL_AGGREGATES } from './price-component.ts';

/** VMs of one pool at once: its days are reckoned in memory. */
export const POOL_MEMBERS_MAX = 1000;

/** VMs that are named of each day. */
export const POOL_MEMBERS_TOLD = 50;

const poolMember = z.object({
  memberId: z.string(),
  vmId: z.string(),
  vm: z.string(),
  /** Full hours: those that begin from `from` until before `to` are the pool's. */
  from: instant,
  /** Null: it is in the pool. It may be in the future, when the subscription ends. */
  to: instant.nullable(),
  addedAt: instant,
  removedAt: instant.nullable(),
  /** Whether it is in the pool now. */
  isIn: z.boolean(),
  /** Taken back on the day it was added: no hour of it counts. */
  undone: z.boolean(),
  /** It was added today: it can be taken back as though it never was. */
  mayUndo: z.boolean(),
});
export type PoolMember = z.infer<typeof poolMember>;

/** What a VM was in an hour, or used on a day. */
const memberShare = z.object({ vmId: z.string(), vm: z.string(), quantity: z.string() });

/** A day of a pooled meter, and which members it is made of. */
export const poolDay = z.object({
  day: z.string(),
  /** The hour it was highest, of a meter that is a mark; null of others. */
  hour: instant.nullable(),
  quantity: z.string(),
  bought: z.string(),
  /** What of it is beyond what was bought. */
  beyond: z.string(),
  /** At that hour; of other meters on that day. Those that used most, at most {@link POOL_MEMBERS_TOLD}. */
  members: z.array(memberShare),
  /** How many more used something. */
  others: z.number().int(),
});
export type PoolDay = z.infer<typeof poolDay>;

const poolPart = z.object({
  component: z.string(),
  meter: z.string(),
  measuredBy: z.enum(POOL_AGGREGATES),
  /** On the last of these days that is closed, of the whole subscription. */
  bought: z.string(),
  /** The highest day; null where nothing was used. */
  highest: poolDay.nullable(),
  /** Days beyond what was bought, and what they are beyond it together. */
  daysBeyond: z.number().int(),
  beyond: z.string(),
  days: z.array(poolDay),
});
export type PoolPart = z.infer<typeof poolPart>;

const sizePart = z.object({
  component: z.string(),
  meter: z.string(),
  bought: z.string(),
  /** What members have now, by their size, and what they would have with it. */
  now: z.string(),
  withIt: z.string(),
  /** Of that beyond what was bought. */
  beyond: z.string(),
});
export type PoolSizePart = z.infer<typeof sizePart>;

const noSubscription = { 'no-such-subscription': 'There is no subscription {subscriptionId}.' } as const;
const adding = {
  ...noSubscription,
  'no-pool': '{plan} has no pool of what hosts count: no VM can share it.',
  'pool-ends':
    '{customer} goes on from {plan} to a plan without a pool on {on}, in which {vm} would share nothing: take that change back first.',
  'subscription-ended':
    'The subscription of {plan} ended on {endsOn}: sell {customer} another one, and add {vm} to that.',
  'customer-archived': '{customer} is archived: bring the customer back first.',
  'no-such-vm': 'There is no VM {vmId}.',
  'vm-being-deleted': '{vm} is being deleted.',
  'vm-of-another': '{vm} belongs to {owner}, not to {customer}: give it to the one who pays first.',
  'own-vm': '{vm} is the VM that {plan} of {customer} was sold for: it counts already.',
  'in-pool': '{vm} is in the pool of {plan} of {owner} {until}: remove it there first.',
  'counted-elsewhere':
    '{vm} is charged by what it uses, by {plan} of {owner} {until}: end that first, or it would be paid for twice.',
  'pool-full':
    'The pool of {plan} of {customer} has {most} VMs, the most there may be: {vm} has no place in it.',
} as const;

/** VMs that share what was bought together. */
export const poolOperations = {
  poolMemberList: query({
    summary: 'VMs that are or were in the pool of a subscription, those that are first',
    input: z.object({ subscriptionId: z.string() }),
    permission: 'billing.read',
    output: z.object({
      /** Whether its plan has a pool that VMs can share. */
      isPool: z.boolean(),
      rows: z.array(poolMember),
    }),
    refusals: noSubscription,
  }),
  poolMemberAdd: command({
    summary:
      'Add a VM to the pool of a subscription, from this hour on; a VM of nobody becomes the customer’s',
    input: z.object({ subscriptionId: z.string(), vmId: z.string() }),
    permission: 'billing.write',
    output: z.object({ memberId: z.string(), from: instant }),
    refusals: adding,
    effect: 'store',
  }),
  poolMemberPreview: query({
    summary: 'What adding a VM to a pool would mean: by its size now, beside what was bought; writes nothing',
    input: z.object({ subscriptionId: z.string(), vmId: z.string() }),
    permission: 'billing.read',
    output: z.object({
      from: instant,
      vm: z.string(),
      /** Whether it becomes the customer's. */
      isGiven: z.boolean(),
      parts: z.array(sizePart),
    }),
    refusals: adding,
  }),
  poolMemberRemove: command({
    summary:
      'Remove a VM from its pool: its hours from this one on count no more; or, on the day it was added, as though it never was there',
    input: z.object({ memberId: z.string(), undo: z.boolean().default(false) }),
    permission: 'billing.write',
    output: z.object({ to: instant }),
    refusals: {
      'no-such-member': 'There is no member {memberId} of a pool.',
      'not-in-pool': '{vm} has left the pool of {plan} of {customer} already.',
      'too-late-to-undo':
        '{vm} is in the pool of {plan} of {customer} since {day}: what it used until now counts. Remove it from now on instead.',
    },
    effect: 'store',
  }),
  poolUsage: query({
    summary: 'What a pool used on closed days, by its components, with the hour and the members of each mark',
    input: z.object({
      subscriptionId: z.string(),
      start: localDateSchema,
      endExclusive: localDateSchema,
    }),
    permission: 'billing.read',
    output: z.object({ parts: z.array(poolPart) }),
    refusals: { ...noSubscription, 'too-many-days': 'Ask for {most} days at most.' },
  }),
};
