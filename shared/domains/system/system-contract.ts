import { z } from 'zod';
import { command, feed, query } from '../../contract/operation.ts';
import { instant, nothing, pageInput, pageOf } from '../../contract/page.ts';
import { moneySchema } from '../../kernel/money.ts';

/** The store, the audit log, the overview, and what the console must know about the engine it talks to. */
export const environmentColour = z.enum(['plum', 'green', 'amber', 'gray']);
const environmentFields = z.object({ name: z.string().trim().min(1).max(40), colour: environmentColour });

export const auditRow = z.object({
  seq: z.number(),
  at: instant,
  actor: z.string(),
  operation: z.string(),
  phase: z.enum(['done', 'begun', 'ended']),
  /** `done`, a refusal's code, or `failed`. */
  result: z.string(),
  /** The call's input as JSON text, secrets removed. */
  input: z.string(),
  /** What it was done to, in words: "acct-4812 on hv1". Empty where the operation has no object. */
  subject: z.string(),
  /** Hash of the row and, through it, of all before. */
  hash: z.string(),
});
export type AuditRow = z.infer<typeof auditRow>;

export const searchHit = z.object({
  kind: z.enum(['vm', 'host', 'cluster', 'template', 'customer', 'plan', 'invoice', 'task']),
  id: z.string(),
  title: z.string(),
  subtitle: z.string(),
});
export type SearchHit = z.infer<typeof searchHit>;

export const overviewException = z.object({
  key: z.enum([
    'network-down',
    'alerts-firing',
    'hosts-unreachable',
    'vms-crashed',
    'tasks-failed',
    'hosts-with-problems',
    'pools-nearly-full',
    'invoices-overdue',
    'days-not-closed',
    'runs-waiting',
  ]),
  severity: z.enum(['critical', 'warning', 'waiting']),
  count: z.number().int(),
  /** What stands out, in words: "hv1 since 14:02, 184 VMs". */
  detail: z.string(),
  /** Where the rows are: the list and its query. */
  list: z.enum(['hosts', 'vms', 'tasks', 'invoices', 'ledger', 'alerts', 'runs']),
  query: z.string(),
});
export type OverviewException = z.infer<typeof overviewException>;

export const systemContract = {
  about: query({
    summary: 'Version, store, environment and folders of the running engine',
    input: nothing,
    permission: null,
    output: z.object({
      version: z.string(),
      engineId: z.string(),
      hostKind: z.enum(['desktop', 'browser', 'worker', 'cli']),
      startedAt: instant,
      store: z.object({ kind: z.enum(['sqlite', 'postgres']), address: z.string(), schema: z.string() }),
      environment: z.object({ name: z.string(), colour: environmentColour }),
      practice: z.boolean(),
      logFolder: z.string(),
      settingsFile: z.string(),
      /** How secrets are sealed ("OS keychain", "key file …"), or why they cannot be. */
      secrets: z.object({ available: z.boolean(), detail: z.string() }),
      /** Nothing in the store yet: the three doors are shown. */
      firstRun: z.boolean(),
    }),
  }),
  overview: query({
    summary: 'What needs attention, how big the fleet is, and money',
    input: nothing,
    permission: 'system.read',
    output: z.object({
      hosts: z.number().int(),
      vms: z.number().int(),
      exceptions: z.array(overviewException),
      /** Checked and found empty, by key of the exception. */
      clear: z.array(overviewException.shape.key),
      /** Names of the hosts whose figures are not of now. */
      hostsUnheard: z.array(z.string()),
      money: z.array(
        z.object({
          /** Whose books; empty where one company sells. */
          company: z.string(),
          currency: z.string(),
          receivables: moneySchema,
          overdue: moneySchema,
          /** By month, oldest first, at most 12. */
          months: z.array(
            z.object({
              month: z.string(),
              /** By month of supply. */
              revenueNet: moneySchema,
              /** When the month ended; of the month under way, today. */
              receivables: moneySchema,
              overdue: moneySchema,
              final: z.boolean(),
            }),
          ),
        }),
      ),
      checkedAt: instant,
    }),
  }),
  search: query({
    summary: 'Find VMs, hosts, templates, customers, plans, invoices and tasks by name or number',
    input: z.object({ text: z.string().max(200), limit: z.number().int().min(1).max(50).default(12) }),
    permission: null,
    output: z.object({ hits: z.array(searchHit) }),
  }),
  auditList: query({
    summary: 'The audit log, newest first',
    // An entry never changes: nobody reads it again.
    input: pageInput(['seq']).omit({ ids: true }),
    permission: 'system.read',
    output: pageOf(auditRow),
  }),
  auditVerify: query({
    summary: 'Recompute the hash chain of the audit log',
    input: nothing,
    permission: 'system.read',
    output: z.object({
      rows: z.number().int(),
      ok: z.boolean(),
      firstBadSeq: z.number().nullable(),
      /** The newest row that fits. Noted elsewhere, it shows later that nothing up to it was cut off or written anew. */
      head: z.object({ seq: z.number().int(), hash: z.string() }),
    }),
  }),
  environmentSave: command({
    summary: 'Name and colour of this environment, shown on every screen',
    input: environmentFields.extend({
      /** As it was seen: what others changed since is kept or refused. Absent: all is replaced. */
      before: environmentFields.optional(),
    }),
    permission: 'system.administer',
    output: nothing,
    refusals: {
      'changed-meanwhile':
        'The environment was changed by somebody else meanwhile ({fields}). Look at it again, then save.',
    },
    effect: 'store',
  }),
  storeBackup: command({
    summary: 'Copy the embedded store into one file while it is in use',
    input: z.object({ file: z.string().min(1) }),
    permission: 'system.administer',
    output: z.object({ file: z.string(), bytes: z.number(), sha256: z.string() }),
    refusals: {
      'not-embedded': 'This store is PostgreSQL: back it up with pg_dump on its server.',
      'file-exists': '{file} exists already: choose another name.',
      'file-not-writable': '{file} cannot be written: {reason}. Choose a folder you may write to.',
    },
    effect: 'outside',
  }),
  practiceOpen: command({
    summary: 'Start simulated hosts and add them, to look around without a hypervisor',
    input: z.object({
      hosts: z.number().int().min(1).max(20).default(3),
      vms: z.number().int().min(0).max(2000).default(60),
    }),
    permission: 'fleet.administer',
    output: z.object({ hosts: z.number().int() }),
    refusals: {
      'store-in-use':
        'This store holds real hosts: open the practice fleet on a store of its own (npm start -- --practice).',
      'practice-missing': 'The practice fleet is not part of this installation.',
    },
    effect: 'outside',
  }),
  changes: feed({
    summary: 'What changed in the store, as it happens; resumes after a cursor without a gap',
    input: z.object({ topics: z.array(z.string()).optional() }),
    item: z.object({
      topic: z.string(),
      key: z.string(),
      /** Too old a cursor: read everything again. */ reset: z.boolean().optional(),
    }),
    resumable: true,
    permission: null,
  }),
};
