import { z } from 'zod';
import { command, query } from '../../contract/operation.ts';
import { instant, pageOf } from '../../contract/page.ts';
import { localDateSchema } from '../../kernel/local-date.ts';
import { AGGREGATIONS, DECIMALS_MAX } from './usage-meter-rules.ts';
import { HELD_REASONS } from './usage-event-rules.ts';

const meterName = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,59}$/, 'a short name of small letters, digits and hyphens, such as api-calls');

export const meterFields = z.object({
  name: meterName,
  /** What one of it is, as invoices say it: `GiB`, `calls`. */
  unit: z.string().trim().min(1).max(40),
  /** How the readings of a day become one (usage-meter-rules.ts). */
  aggregation: z.enum(AGGREGATIONS),
  decimals: z.number().int().min(0).max(DECIMALS_MAX),
});

export const meterRow = meterFields.extend({
  name: z.string(),
  /** `hosts`: counted by the collector; `events`: told from outside. */
  source: z.enum(['hosts', 'events']),
  /** Plans that are charged by it now. */
  plans: z.array(z.string()),
});
export type MeterRow = z.infer<typeof meterRow>;

/** Events a batch may have. */
export const EVENTS_MAX = 10_000;
/** Of a batch only the first so many problems are told; the counts tell of all. */
export const PROBLEMS_MAX = 100;

export const usageEvent = z.object({
  /** Whoever tells it gives it: the same id is the same event, for ever. */
  id: z.string().min(1).max(200),
  subscriptionId: z.string().max(100),
  meter: z.string().max(100),
  at: z.string().max(50),
  quantity: z.string().max(60),
  member: z.string().max(100).default(''),
});

export const usageProblem = z.object({
  /** Place in the batch, from 0. */
  index: z.number().int(),
  id: z.string(),
  what: z.enum(['refused', 'held']),
  sentence: z.string(),
});
export type UsageProblem = z.infer<typeof usageProblem>;

export const usageRecorded = z.object({
  received: z.number().int(),
  /** New, and on somebody's bill. */
  counted: z.number().int(),
  /** Known before: counted once. */
  repeated: z.number().int(),
  /** New, and kept until a person says whose it is. */
  held: z.number().int(),
  /** Not kept. */
  refused: z.number().int(),
  problems: z.array(usageProblem),
});
export type UsageRecorded = z.infer<typeof usageRecorded>;

export const usageDay = z.object({
  day: localDateSchema,
  meter: z.string(),
  unit: z.string(),
  member: z.string(),
  /** What the day comes to by the meter's aggregation. */
  quantity: z.string(),
  events: z.number().int(),
  /** Of these, those that came after the day was closed. */
  late: z.number().int(),
});
export type UsageDay = z.infer<typeof usageDay>;

export const usageEventRow = z.object({
  id: z.string(),
  meter: z.string(),
  unit: z.string(),
  member: z.string(),
  day: localDateSchema,
  at: instant,
  quantity: z.string(),
  receivedAt: instant,
  /** The day whose close reckons with it first; null while it is held or dismissed. */
  knownOn: localDateSchema.nullable(),
});
export type UsageEventRow = z.infer<typeof usageEventRow>;

export const heldUsageRow = usageEventRow.extend({
  /** The one it is of: that was told, or, of what waits, to which a person moved it before. */
  subscriptionId: z.string(),
  customerId: z.string().nullable(),
  customer: z.string(),
  what: z.string(),
  reason: z.enum(HELD_REASONS),
  sentence: z.string(),
  heldAt: instant,
  state: z.enum(['held', 'charged', 'dismissed']),
  decidedBy: z.string(),
  decidedAt: instant.nullable(),
  note: z.string(),
});
export type HeldUsageRow = z.infer<typeof heldUsageRow>;

const page = {
  cursor: z.string().max(1000).optional(),
  limit: z.number().int().min(1).max(500).default(100),
};
const period = { start: localDateSchema, endExclusive: localDateSchema };
const eventIds = z.array(z.string().max(200)).min(1).max(500);

/** Usage that is told from outside, beside what the collector counts. */
export const meteringContract = {
  meterList: query({
    summary: 'Meters: those hosts count, and those that are told from outside',
    input: z.object({}),
    permission: 'metering.read',
    output: z.object({ rows: z.array(meterRow) }),
  }),
  meterDeclare: command({
    summary: 'Declare a meter that is told from outside, or give one another unit',
    input: meterFields,
    permission: 'metering.write',
    output: z.object({}),
    refusals: {
      'meter-of-hosts': '{meter} is counted by the hosts themselves: choose another name.',
      'meter-differs':
        '{meter} is there already, as {aggregation} with {decimals} decimals: what was told of it would read otherwise. Declare another one.',
    },
    effect: 'store',
  }),
  usageRecord: command({
    summary: 'Record a batch of usage events; each counts once, however often it is sent',
    input: z.object({ events: z.array(usageEvent).max(EVENTS_MAX) }),
    permission: 'metering.write',
    output: usageRecorded,
    refusals: {
      'no-company': 'Nobody sells yet: say who does (Settings, Company) before usage is recorded.',
    },
    effect: 'store',
    // Each event is a row of its own; the audit log need not keep all of them a second time.
    secrets: ['events'],
  }),
  usageDayList: query({
    summary: 'Usage of a subscription by day and meter, as it was told',
    input: z.object({ subscriptionId: z.string(), ...period }),
    permission: 'metering.read',
    output: z.object({ rows: z.array(usageDay) }),
  }),
  usageEventList: query({
    summary: 'Events of a subscription on one day, in the order they happened',
    input: z.object({
      subscriptionId: z.string(),
      day: localDateSchema,
      meter: z.string().optional(),
      /** Of one who is counted by itself; empty: of the subscription as a whole. Absent: of all. */
      member: z.string().max(200).optional(),
      ...page,
    }),
    permission: 'metering.read',
    output: pageOf(usageEventRow),
  }),
  heldUsageList: query({
    summary: 'Usage that waits for a person, or did',
    input: z.object({ state: z.enum(['held', 'charged', 'dismissed']).default('held'), ...page }),
    permission: 'metering.read',
    output: pageOf(heldUsageRow),
  }),
  heldUsageCharge: command({
    summary: 'Charge held usage to a subscription, on its own day or the nearest one that was served',
    input: z.object({
      eventIds,
      /** Absent: the one each is of. */
      subscriptionId: z.string().max(100).optional(),
    }),
    permission: 'metering.write',
    output: z.object({ charged: z.number().int() }),
    refusals: {
      'no-company': 'Nobody sells yet: say who does (Settings, Company).',
      'not-held': 'The event {id} is not held (any more): look at the list again.',
      'no-such-subscription':
        'There is no subscription {subscriptionId}: choose the one it is to be charged to.',
      'not-metered':
        '{what} of {customer} ({subscriptionId}) was never charged by {meter}: choose another subscription, or change its plan first.',
    },
    effect: 'store',
  }),
  heldUsageDismiss: command({
    summary: 'Give held usage up: it is charged to nobody, and stays in the list of what was dismissed',
    input: z.object({ eventIds, reason: z.string().trim().min(1).max(500) }),
    permission: 'metering.write',
    output: z.object({ dismissed: z.number().int() }),
    refusals: { 'not-held': 'The event {id} is not held (any more): look at the list again.' },
    effect: 'store',
  }),
};
