import { z } from 'zod';
import { command, query } from '../../contract/operation.ts';
import { instant, nothing, pageInput, pageOf, taskStarted } from '../../contract/page.ts';
import { settledAdvance } from '../billing/advance-contract.ts';
import { datingRefusals } from '../billing/company-books-contract.ts';
import { localDateSchema } from '../../kernel/local-date.ts';
import { currencySchema, moneySchema } from '../../kernel/money.ts';
import {
  DECISION_NOTE_LEAST,
  FINDING_CODES,
  RUN_DOCUMENT_TYPES,
  RUN_ROW_STATES,
  RUN_SEVERITIES,
  RUN_STATES,
} from './run-rules.ts';

const perCurrency = z.object({
  currency: currencySchema,
  /** Invoices that would be posted, or were, and what they come to, gross. */
  invoices: z.number().int(),
  invoiced: moneySchema,
  /** The same of credit notes: 0 or below. */
  credits: z.number().int(),
  credited: moneySchema,
  /** Of both together. */
  net: moneySchema,
  vat: moneySchema,
  gross: moneySchema,
  /** Gross of the invoices it is compared with, of all customers in its scope. */
  before: moneySchema,
});

export const billingRun = z.object({
  id: z.string(),
  /** "September 2026, EUR". */
  title: z.string(),
  state: z.enum(RUN_STATES),
  /** Why it stands still, or what the one who returned it wrote; empty where there is nothing to say. */
  stateReason: z.string(),
  company: z.string(),
  periodStart: z.string(),
  periodEndExclusive: z.string(),
  /** Null: every currency. */
  currency: currencySchema.nullable(),
  /** Customers, in the language of their list; empty: all. */
  query: z.string(),
  /** Another person than its preparer approves it. */
  twoPeople: z.boolean(),
  counts: z.object({
    total: z.number().int(),
    ready: z.number().int(),
    held: z.number().int(),
    nothing: z.number().int(),
    leftOut: z.number().int(),
    posted: z.number().int(),
    /** Credit notes among those that would be posted, or were. */
    credits: z.number().int(),
  }),
  totals: z.array(perCurrency),
  preparedBy: z.string(),
  preparedAt: instant,
  /** Empty and null before it is approved. */
  approvedBy: z.string(),
  approvedAt: instant.nullable(),
  endedAt: instant.nullable(),
  taskId: z.string(),
});
export type BillingRun = z.infer<typeof billingRun>;

const runDetail = billingRun.extend({
  changePercent: z.number(),
  limitMinor: z.string().nullable(),
  /** Date of its invoices; null until it is approved. */
  issuedOn: z.string().nullable(),
  approvalNote: z.string(),
  /** Of exactly what would be posted: an approval names it. Empty while there is no preview. */
  digest: z.string(),
  /** Rows of high severity that nobody has decided on; an approval waits for them. Held ones need no decision. */
  undecided: z.number().int(),
  findings: z.array(z.object({ finding: z.enum(FINDING_CODES), count: z.number().int() })),
  /** Rows that a person should look at, of whatever severity, and those of which there is nothing to say. */
  anomalies: z.number().int(),
  same: z.number().int(),
  /** Why rows are held, the most frequent first, each with one of them. */
  held: z.array(z.object({ code: z.string(), count: z.number().int(), example: z.string() })),
  /**
   * The day its invoices would be of if it were approved now, and what stands against that day in a sentence that says what to do: books
   * that are closed, a year that is not open, a later invoice. Once it is put right the run is approved as it was previewed.
   */
  dating: z.object({ issuedOn: z.string(), against: z.string().nullable() }),
  /** What it was worked out from. */
  inputs: z
    .object({
      /** Last day that was charged: the usage mark. */
      closedUntil: z.string(),
      vatTable: z.string(),
      /** Days of the period that still wait for hosts that are away. */
      waitingDays: z.number().int(),
      comparedWith: z.string(),
      frozenAt: instant,
    })
    .nullable(),
  /**
   * What rows of several currencies are sorted and drawn by: the company's currency and the last rates known by the end of the period
   * (`1 of = rate in`). Null: of before there were any. No invoice says an amount that was converted by them.
   */
  compared: z
    .object({
      currency: currencySchema,
      /** Those of the currencies in the run; none where there is one currency. */
      rates: z.array(z.object({ of: z.string(), rate: z.string(), in: z.string(), day: z.string() })),
      /** Currencies without a rate: their rows come last in their severity and have no bar. */
      without: z.array(currencySchema),
      /** What an invoice of the run comes to; null where it has none. */
      average: moneySchema.nullable(),
    })
    .nullable(),
  /** The posted run of the period before; null where there is none. */
  comparedRun: z.object({ id: z.string(), title: z.string() }).nullable(),
  /** How long posting will take once it is approved, by what the last run of the company took; null where nobody can tell. */
  secondsToPost: z.number().int().nullable(),
  /** Of previewing or posting; seconds left are null while nobody can tell. */
  progress: z.object({
    done: z.number().int(),
    total: z.number().int(),
    secondsLeft: z.number().int().nullable(),
  }),
  /** When it is posted: SHA-256 over its invoices and then its credit notes in their order, and their first and last numbers. */
  report: z
    .object({
      hash: z.string(),
      firstNumber: z.string(),
      lastNumber: z.string(),
      /** Null where it made none. */
      credits: z.object({ count: z.number().int(), first: z.string(), last: z.string() }).nullable(),
      /** Messages that wait in the outbox, and documents whose customer has no address. */
      toDeliver: z.number().int(),
      withoutAddress: z.number().int(),
    })
    .nullable(),
});
export type BillingRunDetail = z.infer<typeof runDetail>;

export const runRow = z.object({
  id: z.string(),
  type: z.enum(RUN_DOCUMENT_TYPES),
  /** Of a credit note: the invoice it takes from. */
  credits: z.object({ invoiceId: z.string(), number: z.string() }).nullable(),
  customerId: z.string(),
  customerNumber: z.string(),
  customer: z.string(),
  currency: currencySchema,
  state: z.enum(RUN_ROW_STATES),
  findings: z.array(z.enum(FINDING_CODES)),
  severity: z.enum(RUN_SEVERITIES),
  /** Why it is held or comes to nothing, or what makes the difference: a sentence, or a few words. */
  why: z.string(),
  /** Gross, below 0 of a credit note; null where there is none. */
  before: moneySchema.nullable(),
  now: moneySchema.nullable(),
  change: moneySchema,
  /** The change in the currency of the run's company, by the rates of the run; null where none is known. */
  changeCompared: moneySchema.nullable(),
  /** Per cent with one decimal; null where there is nothing to compare with. */
  changePercent: z.number().nullable(),
  net: moneySchema.nullable(),
  vat: moneySchema.nullable(),
  /** What it settles of advance invoices; null where nothing. */
  settled: moneySchema.nullable(),
  lines: z.number().int(),
  decision: z.enum(['open', 'accepted', 'left-out']),
  decisionNote: z.string(),
  decidedBy: z.string(),
  /** Its invoice or credit note, once it is posted. */
  invoiceId: z.string().nullable(),
  number: z.string().nullable(),
});
export type RunRow = z.infer<typeof runRow>;

/** A line of the would-be invoice beside the same of the invoice before; either is null where there is none. */
const comparedLine = z.object({
  subscriptionId: z.string(),
  description: z.string(),
  serviceStart: z.string(),
  serviceEndExclusive: z.string(),
  quantity: z.string(),
  unit: z.string(),
  unitPrice: z.string(),
  now: moneySchema.nullable(),
  before: moneySchema.nullable(),
  change: moneySchema,
  /** The charges it is made of. Their usage and how each came about: `billing.chargeList` of its subscription. */
  chargeIds: z.array(z.string()),
});

const runId = z.object({ runId: z.string() });
const noRun = { 'no-such-run': 'There is no billing run {runId}.' } as const;
const control = { ...noRun, 'not-now': 'This billing run cannot do that now: {reason}.' } as const;

/** Billing runs: what all customers of a scope are invoiced for a period, looked at, approved and posted together. */
export const runsContract = {
  runCreate: command({
    summary: 'Prepare a billing run: freeze its inputs and work out what it would post (durable task)',
    input: z.object({
      /** Whose invoices; the default company's where none is named. */
      companyId: z.string().optional(),
      periodStart: localDateSchema,
      periodEndExclusive: localDateSchema,
      currency: currencySchema.optional(),
      /** Customers, in the language of their list. */
      query: z.string().max(1000).default(''),
      changePercent: z.number().min(0).max(1000).default(20),
      /** Gross minor units above which a person must look: of the run's currency, else of that of the company's state, which others are compared in. */
      limitMinor: z
        .string()
        .regex(/^\d{1,15}$/, 'an integer number of minor units, as text')
        .nullable()
        .default(null),
      /** Whether another person must approve it; as the last run of the company where it is not said. */
      twoPeople: z.boolean().optional(),
    }),
    permission: 'billing.write',
    output: taskStarted.extend({ runId: z.string() }),
    refusals: {
      'no-company': 'Say first who sells: enter your company under Settings.',
      'no-such-company': 'There is no company {companyId}.',
      'no-period': 'The period has no day: its end must come after its start.',
      'period-open': 'The period is not closed yet: {day} is not charged. Close its days first.',
    },
    effect: 'store',
  }),
  runList: query({
    summary: 'Billing runs, newest first; fields: state by period company companyid (state:ready)',
    input: pageInput(['prepared']).extend({ direction: z.enum(['asc', 'desc']).default('desc') }),
    permission: 'billing.read',
    output: pageOf(billingRun),
  }),
  runGet: query({
    summary: 'One billing run with its counts, totals, findings and report',
    input: runId,
    permission: 'billing.read',
    output: runDetail,
    refusals: noRun,
  }),
  runRows: query({
    summary:
      'Would-be invoices and credit notes of a run; fields: type state finding severity customer currency (finding:new)',
    input: pageInput(['severity', 'change', 'percent', 'now', 'before', 'customer']).extend({
      runId: z.string(),
      direction: z.enum(['asc', 'desc']).default('desc'),
    }),
    permission: 'billing.read',
    output: pageOf(runRow),
    refusals: noRun,
  }),
  runRow: query({
    summary: 'One would-be invoice, line by line beside the invoice before, or one credit note',
    input: z.object({ rowId: z.string() }),
    permission: 'billing.read',
    output: runRow.extend({
      runId: z.string(),
      compared: z.array(comparedLine),
      /** Invoices it is compared with. */
      beforeInvoices: z.array(z.object({ id: z.string(), number: z.string() })),
      notes: z.array(z.string()),
      /** Parts of advance invoices that it would settle. */
      settles: z.array(settledAdvance),
    }),
    refusals: { 'no-such-row': 'There is no row {rowId} in any billing run.' },
  }),
  runDecide: command({
    summary: 'Accept rows of a run as they are, leave them out of it, or take a decision back',
    input: z
      .object({
        runId: z.string(),
        rowIds: z.array(z.string()).min(1).max(500),
        decision: z.enum(['open', 'accepted', 'left-out']),
        /** Why, which is kept with the run; nothing where a decision is taken back. */
        note: z.string().trim().max(500).default(''),
      })
      .refine(({ decision, note }) => decision === 'open' || note.length >= DECISION_NOTE_LEAST, {
        path: ['note'],
        message: `why it is accepted or left out, in ${DECISION_NOTE_LEAST} letters or more`,
      }),
    permission: 'billing.write',
    output: z.object({ changed: z.number().int(), digest: z.string() }),
    refusals: control,
    effect: 'store',
  }),
  runRenew: command({
    summary: 'Work the preview of a run out again, from what is so now (durable task)',
    input: runId,
    permission: 'billing.write',
    output: taskStarted,
    refusals: control,
    effect: 'store',
  }),
  runReturn: command({
    summary: 'Return a run to its preparer with a note instead of approving it',
    input: z.object({ runId: z.string(), note: z.string().trim().min(1).max(500) }),
    permission: 'billing.write',
    output: nothing,
    refusals: control,
    effect: 'store',
  }),
  runApprove: command({
    summary:
      'Approve a run: its invoices and credit notes are numbered and posted as previewed (durable task)',
    input: z.object({
      runId: z.string(),
      /** Of the preview that was looked at. */
      digest: z.string(),
      /** Number of documents, invoices and credit notes, as it was typed. */
      confirmCount: z.number().int(),
      /** Date of the documents; today unless it is said. */
      issuedOn: localDateSchema.optional(),
      note: z.string().max(500).default(''),
    }),
    permission: 'billing.write',
    output: taskStarted,
    refusals: {
      ...control,
      'nothing-to-post':
        'This run would post no document: all {total} rows are held, left out or come to nothing.',
      'count-not-typed': 'Type the number of documents that will be posted, {count}, to go on.',
      'second-person': 'You have prepared this run: another person must approve it.',
      'not-decided':
        'Decide on {count} remarkable rows first, such as {customer}: accept each with a note, or leave it out.',
      'changed-meanwhile':
        'What would be posted has changed since the preview: {difference}. Preview the run again and look at it.',
      'date-in-future': '{issuedOn} is in the future: it is {today}.',
      'date-before-last':
        'Documents are dated in order: the last {document} is of {lastDate}, so these cannot be of {issuedOn}.',
      ...datingRefusals,
      'run-posting': 'Another run is being posted: {title}. Wait until it has ended.',
    },
    effect: 'store',
  }),
  runGoOn: command({
    summary: 'Go on posting a run that stands still half-way (durable task)',
    input: runId.extend({
      /** Another date for the invoices that are left, where later ones were issued meanwhile. */
      issuedOn: localDateSchema.optional(),
    }),
    permission: 'billing.write',
    output: taskStarted,
    refusals: { ...control, ...datingRefusals },
    effect: 'store',
  }),
  runAbort: command({
    summary: 'Abort a run before it is posted, or end one that stands still; what is posted stays',
    input: runId,
    permission: 'billing.write',
    output: nothing,
    refusals: control,
    effect: 'store',
  }),
} as const;
