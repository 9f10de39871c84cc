import { z } from 'zod';
import { command, query } from '../../contract/operation.ts';
import { instant, nothing, pageInput, pageOf, taskStarted } from '../../contract/page.ts';
import { localDateSchema } from '../../kernel/local-date.ts';
import { currencySchema, moneySchema } from '../../kernel/money.ts';
import { EVERY } from '../billing/period-rules.ts';
import { REPRICING_ITEM_STATES, REPRICING_STATES } from './repricing-rules.ts';

const counts = z.object(
  Object.fromEntries(REPRICING_ITEM_STATES.map((state) => [state, z.number().int()])) as Record<
    (typeof REPRICING_ITEM_STATES)[number],
    z.ZodInt
  >,
);

export const repricingRow = z.object({
  id: z.string(),
  /** "Basic from 1 Jan 2027". */
  title: z.string(),
  planId: z.string(),
  plan: z.string(),
  /** The version moved to; null: the one in force on the day in each currency. */
  versionId: z.string().nullable(),
  query: z.string(),
  effect: z.union([z.literal('now'), z.literal('period-end'), localDateSchema]),
  state: z.enum(REPRICING_STATES),
  /** Why it stands still or has no preview, a sentence; empty where there is nothing to say. */
  stateReason: z.string(),
  total: z.number().int(),
  counts,
  preparedBy: z.string(),
  preparedAt: instant,
  startedBy: z.string(),
  startedAt: instant.nullable(),
  endedAt: instant.nullable(),
  /** Its latest task. */
  taskId: z.string(),
});
export type Repricing = z.infer<typeof repricingRow>;

/** What those that are or were to be moved pay in a currency, by the period they are compared by. */
const total = z.object({
  currency: currencySchema,
  every: z.enum(EVERY),
  subscriptions: z.number().int(),
  now: moneySchema,
  later: moneySchema,
  change: moneySchema,
  once: moneySchema,
});

export const repricingDetail = repricingRow.extend({
  /** Of what would be moved, with what each would pay: a start names it. */
  digest: z.string(),
  totals: z.array(total),
  /** Why some are not moved, the most frequent reason first, with one of the sentences. */
  reasons: z.array(
    z.object({
      state: z.enum(REPRICING_ITEM_STATES),
      code: z.string(),
      count: z.number().int(),
      example: z.string(),
    }),
  ),
  /** Of those moved how many are not in effect yet: they can be taken back. */
  planned: z.number().int(),
  /** Of those to be moved how many pay for usage otherwise then. */
  usageOther: z.number().int(),
  progress: z.object({ done: z.number().int(), total: z.number().int() }),
});
export type RepricingDetail = z.infer<typeof repricingDetail>;

export const repricingItem = z.object({
  id: z.string(),
  subscriptionId: z.string(),
  customerId: z.string(),
  customerNumber: z.string(),
  customer: z.string(),
  plan: z.string(),
  vm: z.string(),
  currency: currencySchema,
  state: z.enum(REPRICING_ITEM_STATES),
  code: z.string(),
  /** Why it is not moved, a sentence; empty where it is. */
  why: z.string(),
  /** The day it takes effect. */
  on: z.string().nullable(),
  /** The period amounts are for; where components have several, a month. */
  every: z.enum(EVERY).nullable(),
  /** What it pays for a whole period without usage, before and after: discounts without an end taken off, others not. */
  now: moneySchema.nullable(),
  later: moneySchema.nullable(),
  change: moneySchema.nullable(),
  /** Set-up fees that the move charges. */
  once: moneySchema.nullable(),
  usage: z.enum(['none', 'same', 'other']),
  endedAt: instant.nullable(),
});
export type RepricingItem = z.infer<typeof repricingItem>;

const repricingId = z.object({ repricingId: z.string() });
const noRepricing = { 'no-such-move': 'There is no move {repricingId} of subscriptions.' } as const;
const control = { ...noRepricing, 'not-now': 'That cannot be done with this move now: {reason}.' } as const;

/** Moving many subscriptions to another price: what was sold keeps its price until it is moved. */
export const repricingContract = {
  repricingCreate: command({
    summary:
      'Preview moving subscriptions to another version or plan: freezes who, works out what each pays and would pay (durable task); moves nobody',
    input: z.object({
      planId: z.string(),
      /** A version of that plan; absent: the one in force, in each currency, on the day it takes effect. */
      versionId: z.string().optional(),
      /** Subscriptions, in the language of their list. */
      query: z.string().max(1000).default(''),
      effect: z.union([z.literal('now'), z.literal('period-end'), localDateSchema]).default('period-end'),
    }),
    permission: 'billing.write',
    output: taskStarted.extend({ repricingId: z.string(), total: z.number().int() }),
    refusals: {
      'no-such-plan': 'There is no plan {planId}.',
      'no-such-version': '{plan} has no version {versionId}.',
      'nobody-found': 'No subscription fits that query.',
    },
    effect: 'store',
  }),
  repricingList: query({
    summary: 'Moves of many subscriptions, newest first; fields: state by plan (state:ready)',
    input: pageInput(['prepared']).extend({ direction: z.enum(['asc', 'desc']).default('desc') }),
    permission: 'billing.read',
    output: pageOf(repricingRow),
  }),
  repricingGet: query({
    summary: 'One move of many subscriptions, with its counts, totals by currency and reasons',
    input: repricingId,
    permission: 'billing.read',
    output: repricingDetail,
    refusals: noRepricing,
  }),
  repricingItems: query({
    summary:
      'What each subscription of a move pays and would pay, or why it is not moved; fields: state code customer number plan vm currency usage',
    input: pageInput(['order', 'change', 'later', 'customer', 'state']).extend({ repricingId: z.string() }),
    permission: 'billing.read',
    output: pageOf(repricingItem),
    refusals: noRepricing,
  }),
  repricingStart: command({
    summary: 'Move the subscriptions as previewed (durable task)',
    input: repricingId.extend({
      /** Of the preview that was looked at. */
      digest: z.string(),
      /** Number of subscriptions as it was typed. */
      confirmCount: z.number().int(),
    }),
    permission: 'billing.write',
    output: taskStarted,
    refusals: {
      ...control,
      'count-not-typed': 'Type the number of subscriptions that will be moved, {count}, to go on.',
      'changed-meanwhile': 'The preview is another one than was looked at: look at it again.',
    },
    effect: 'store',
  }),
  repricingStop: command({
    summary: 'Stop a move half-way; it can go on later',
    input: repricingId,
    permission: 'billing.write',
    output: nothing,
    refusals: control,
    effect: 'store',
  }),
  repricingGoOn: command({
    summary: 'Go on with a move that stands still half-way (durable task)',
    input: repricingId,
    permission: 'billing.write',
    output: taskStarted,
    refusals: control,
    effect: 'store',
  }),
  repricingAbort: command({
    summary: 'Abort a move before it is started, or end one that stands still; what was moved stays moved',
    input: repricingId,
    permission: 'billing.write',
    output: nothing,
    refusals: control,
    effect: 'store',
  }),
  repricingRetry: command({
    summary:
      'Preview what failed, was refused or was left out again; it is moved when that is started (durable task)',
    input: repricingId,
    permission: 'billing.write',
    output: taskStarted.extend({ total: z.number().int() }),
    refusals: control,
    effect: 'store',
  }),
  repricingTakeBack: command({
    summary: 'Take back what of a move is not in effect yet; what is in effect stays (durable task)',
    input: repricingId,
    permission: 'billing.write',
    output: taskStarted,
    refusals: control,
    effect: 'store',
  }),
} as const;
