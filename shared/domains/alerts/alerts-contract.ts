import { z } from 'zod';
import { command, query } from '../../contract/operation.ts';
import { instant, nothing, pageInput, pageOf } from '../../contract/page.ts';

export const alertSeverity = z.enum(['critical', 'warning', 'info']);
export type AlertSeverity = z.infer<typeof alertSeverity>;
export const alertState = z.enum(['pending', 'firing', 'resolved']);
export type AlertState = z.infer<typeof alertState>;

export const alertSubject = z.object({
  /** `pool`: of a host, its id is `<host id>/<name>`. `query`: the rule itself. */
  kind: z.enum(['host', 'vm', 'pool', 'task', 'customer', 'query']),
  id: z.string(),
  name: z.string(),
});
export type AlertSubject = z.infer<typeof alertSubject>;

const percent = (most: number) => z.number().int().min(1).max(most);

/** What a rule looks for; each thing it is true of is one alert. */
export const alertCondition = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('host-unreachable') }),
  z.object({ kind: z.literal('vm-crashed') }),
  z.object({ kind: z.literal('pool-over'), percent: percent(100) }),
  z.object({ kind: z.literal('memory-overcommitted'), percent: percent(1000) }),
  z.object({ kind: z.literal('cpu-over'), of: z.enum(['vms', 'hosts']), percent: percent(100) }),
  z.object({ kind: z.literal('task-failed') }),
  z.object({ kind: z.literal('clock-off'), seconds: z.number().int().min(1).max(86_400) }),
  /** How it stands with what a customer has paid ahead, or may owe. `low`: or used up. */
  z.object({ kind: z.literal('balance'), state: z.enum(['low', 'exhausted', 'over-limit']) }),
  /** How many rows of a list match a query; the query is the list's own. */
  z.object({
    kind: z.literal('query-count'),
    list: z.enum(['vms', 'hosts', 'tasks', 'customers']),
    query: z.string().max(1000),
    comparison: z.enum(['more-than', 'fewer-than']),
    count: z.number().int().min(0).max(1_000_000),
  }),
]);
export type AlertCondition = z.infer<typeof alertCondition>;

const ruleFields = z.object({
  name: z.string().trim().min(1).max(80),
  condition: alertCondition,
  severity: alertSeverity,
  /** So long it must be true without a break before it fires. */
  holdSeconds: z.number().int().min(0).max(86_400),
  /** So long it must be over before it is resolved; what comes and goes three times in an hour waits half an hour. */
  clearSeconds: z.number().int().min(0).max(86_400).default(60),
  enabled: z.boolean(),
});
export type RuleFields = z.infer<typeof ruleFields>;

export const ruleRow = ruleFields.extend({
  id: z.string(),
  firing: z.number().int(),
  /** Why it could not be looked at, such as a query nobody understands; empty where it could. */
  problem: z.string(),
});
export type RuleRow = z.infer<typeof ruleRow>;

export const alertRow = z.object({
  id: z.string(),
  ruleId: z.string(),
  rule: z.string(),
  severity: alertSeverity,
  state: alertState,
  subject: alertSubject,
  /** Host it is or is on; empty where there is none. */
  hostId: z.string(),
  host: z.string(),
  detail: z.string(),
  beganAt: instant,
  firedAt: instant.nullable(),
  resolvedAt: instant.nullable(),
  /** Login of whoever has taken it on; empty: nobody. */
  acknowledgedBy: z.string(),
  acknowledgedAt: instant.nullable(),
  note: z.string(),
  /** In words, why nobody is told; empty where people are. */
  silenced: z.string(),
  silencedUntil: instant.nullable(),
  /** How often it came back within the hour before. */
  flaps: z.number().int(),
  toldAt: instant.nullable(),
});
export type AlertRow = z.infer<typeof alertRow>;

/** Which alerts a silence is about: all that is given must hold, and something must be. */
const silenceMatch = z.object({
  ruleId: z.string().optional(),
  subject: alertSubject.optional(),
  hostId: z.string().optional(),
  clusterId: z.string().optional(),
  /** Query of the list of alerts: `severity:warning subject:acct-48`. */
  query: z.string().max(1000).optional(),
});

export const silenceRow = silenceMatch.extend({
  id: z.string(),
  /** What it is about, in words. */
  about: z.string(),
  reason: z.string(),
  by: z.string(),
  startedAt: instant,
  endsAt: instant,
  /** Ended before its time. */
  endedAt: instant.nullable(),
  endedBy: z.string(),
  active: z.boolean(),
  /** Alerts it keeps quiet now. */
  alerts: z.number().int(),
});
export type SilenceRow = z.infer<typeof silenceRow>;

const webAddress = z.string().trim().max(2000);
const mailAddress = z.string().trim().min(3).max(320);

/** A secret that is left out stays as it is. */
export const channelConfig = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('mail'),
    server: z.string().trim().min(1).max(253),
    port: z.number().int().min(1).max(65_535),
    /** `tls` from the first byte (465), `starttls` demanded before anything is said (587), `none` only where nobody listens in. */
    security: z.enum(['tls', 'starttls', 'none']),
    user: z.string().max(320).default(''),
    password: z.string().max(1000).optional(),
    /** PEM of the certificate, or of who issued it, where no public authority did; else empty. */
    certificate: z.string().max(20_000).default(''),
    from: mailAddress,
    to: z.array(mailAddress).min(1).max(50),
  }),
  z.object({
    kind: z.literal('webhook'),
    url: webAddress.optional(),
    /** Key of the signature; empty: not signed. */
    secret: z.string().max(1000).optional(),
  }),
  z.object({ kind: z.literal('slack'), url: webAddress.optional() }),
  z.object({
    kind: z.literal('telegram'),
    /** Base of the Bot API; your own where you run one. */
    server: webAddress.default('https://api.telegram.org'),
    token: z.string().trim().max(200).optional(),
    chatId: z.string().trim().min(1).max(100),
  }),
  z.object({ kind: z.literal('desktop') }),
]);
export type ChannelConfig = z.infer<typeof channelConfig>;
export type ChannelKind = ChannelConfig['kind'];

const channelFields = z.object({
  name: z.string().trim().min(1).max(80),
  enabled: z.boolean(),
  leastSeverity: alertSeverity,
  /** Only alerts of these rules; empty: of all. */
  ruleIds: z.array(z.string()).max(200).default([]),
  sendsResolved: z.boolean().default(true),
});

export const channelRow = channelFields.extend({
  id: z.string(),
  /** Without its secrets. */
  config: channelConfig,
  /** Where it goes, in words: `ops@acme.example by smtp.acme.example`. */
  target: z.string(),
  /** Whether a secret is kept for it. */
  hasSecret: z.boolean(),
  lastSentAt: instant.nullable(),
  /** Why the last attempt failed, or what was odd about it (an address that was refused), a sentence; else empty. */
  problem: z.string(),
  waiting: z.number().int(),
});
export type ChannelRow = z.infer<typeof channelRow>;

/** What one notification says; stands in the outbox as it was when it was made, so that a repeat says the same. */
export const noticeMessage = z.object({
  kind: z.enum(['firing', 'resolved', 'test']),
  at: instant,
  environment: z.string(),
  total: z.number().int(),
  counts: z.object({ critical: z.number().int(), warning: z.number().int(), info: z.number().int() }),
  /** The worst ones, at most twenty. */
  alerts: z.array(
    z.object({
      id: z.string(),
      rule: z.string(),
      severity: alertSeverity,
      subject: alertSubject,
      detail: z.string(),
      since: instant,
    }),
  ),
});
export type NoticeMessage = z.infer<typeof noticeMessage>;

export const deliveryRow = z.object({
  id: z.string(),
  channelId: z.string(),
  channel: z.string(),
  state: z.enum(['waiting', 'sending', 'sent', 'failed']),
  title: z.string(),
  attempts: z.number().int(),
  createdAt: instant,
  sentAt: instant.nullable(),
  nextAt: instant.nullable(),
  /** In words, why it was not sent, or what was odd about it. */
  problem: z.string(),
});
export type DeliveryRow = z.infer<typeof deliveryRow>;

const noRule = { 'no-such-rule': 'There is no rule {ruleId}: it may have been deleted.' } as const;
const noChannel = {
  'no-such-channel': 'There is no channel {channelId}: it may have been deleted.',
} as const;
const nameTaken = { 'name-taken': 'Another one is called {name}: choose a different name.' } as const;
const badQuery = { 'query-not-understood': '{detail} Correct the query.' } as const;

/** Rules that watch the fleet, what they found, and who is told. */
export const alertsContract = {
  alertList: query({
    summary:
      'Alerts that fire or are about to; fields: state severity rule kind subject host ack silenced fired',
    input: pageInput(['urgency', 'subject', 'rule', 'began']),
    permission: 'alerts.read',
    output: pageOf(alertRow),
  }),
  alertHistory: query({
    summary: 'Alerts that are over, newest first; the fields are those of alertList',
    input: pageInput(['resolved', 'subject', 'rule', 'began']).extend({
      direction: z.enum(['asc', 'desc']).default('desc'),
    }),
    permission: 'alerts.read',
    output: pageOf(alertRow),
  }),
  alertGet: query({
    summary: 'One alert, open or over',
    input: z.object({ alertId: z.string() }),
    permission: 'alerts.read',
    output: alertRow,
    refusals: { 'no-such-alert': 'There is no alert {alertId}: it never fired, or its history has expired.' },
  }),
  alertsOf: query({
    summary:
      'Open alerts of a VM, or of a host and its pools, the most urgent first; of a host how many there are of its VMs',
    input: z.object({ kind: z.enum(['vm', 'host']), id: z.string() }),
    permission: 'alerts.read',
    output: z.object({
      /** At most twenty. */
      rows: z.array(alertRow),
      more: z.boolean(),
      onVms: z.number().int(),
    }),
  }),
  alertAcknowledge: command({
    summary:
      'Take alerts on in your name, or give them back: who took one on is shown, and nobody else is told of it',
    input: z.object({
      alertIds: z.array(z.string()).min(1).max(500),
      acknowledged: z.boolean().default(true),
      note: z.string().trim().max(500).default(''),
    }),
    permission: 'alerts.operate',
    output: z.object({ alerts: z.number().int() }),
    refusals: { 'no-such-alert': 'None of these alerts is open any more.' },
    effect: 'store',
  }),
  ruleList: query({
    summary: 'Alert rules with how many alerts each has now',
    input: nothing,
    permission: 'alerts.read',
    output: z.object({ rows: z.array(ruleRow) }),
  }),
  rulePreview: query({
    summary: 'What a condition would find now',
    input: z.object({ condition: alertCondition }),
    permission: 'alerts.read',
    output: z.object({
      count: z.number().int(),
      /** At most five. */
      first: z.array(z.object({ name: z.string(), detail: z.string() })),
    }),
    refusals: badQuery,
  }),
  ruleSave: command({
    summary: 'Add or change an alert rule, or switch it on and off',
    input: ruleFields.extend({ ruleId: z.string().optional() }),
    permission: 'alerts.administer',
    output: z.object({ ruleId: z.string() }),
    refusals: { ...noRule, ...nameTaken, ...badQuery },
    effect: 'store',
  }),
  ruleDelete: command({
    summary: 'Delete an alert rule; its alerts end, their history stays',
    input: z.object({ ruleId: z.string() }),
    permission: 'alerts.administer',
    output: nothing,
    refusals: noRule,
    effect: 'store',
  }),
  silenceList: query({
    summary: 'Silences, those that hold first',
    input: pageInput(['ends']).extend({ direction: z.enum(['asc', 'desc']).default('desc') }),
    permission: 'alerts.read',
    output: pageOf(silenceRow),
  }),
  silenceStart: command({
    summary: 'Tell nobody of certain alerts until a time, with the reason',
    input: silenceMatch.extend({
      reason: z.string().trim().min(1).max(500),
      endsAt: instant,
    }),
    permission: 'alerts.operate',
    output: z.object({ silenceId: z.string() }),
    refusals: {
      ...badQuery,
      'silence-of-everything': 'Say what is to be silent: a rule, an object, a host, a cluster or a query.',
      'end-not-ahead': 'A silence ends in the future, within a year: choose a later time.',
      'no-such-rule': 'There is no rule {ruleId}: it may have been deleted.',
    },
    effect: 'store',
  }),
  silenceEnd: command({
    summary: 'End a silence before its time',
    input: z.object({ silenceId: z.string() }),
    permission: 'alerts.operate',
    output: nothing,
    refusals: { 'no-such-silence': 'This silence is over already.' },
    effect: 'store',
  }),
  channelList: query({
    summary: 'Where alerts are told: mail, webhook, Slack, Telegram, desktop, and how each does',
    input: nothing,
    permission: 'alerts.read',
    output: z.object({ rows: z.array(channelRow) }),
  }),
  channelSave: command({
    summary: 'Add or change a channel; a secret that is left out stays as it is',
    input: channelFields.extend({ channelId: z.string().optional(), config: channelConfig }),
    permission: 'alerts.administer',
    output: z.object({ channelId: z.string() }),
    refusals: {
      ...noChannel,
      ...nameTaken,
      'kind-differs': 'A channel stays what it is: make a new one for {kind}.',
      'secret-missing': 'Give the {field}: nothing can be sent without it.',
      'address-not-allowed':
        'The address must begin with https:// or http://, name a server, and hold neither a user nor a password.',
    },
    effect: 'store',
    secrets: ['config.password', 'config.url', 'config.secret', 'config.token'],
  }),
  channelDelete: command({
    summary: 'Delete a channel and what waits for it',
    input: z.object({ channelId: z.string() }),
    permission: 'alerts.administer',
    output: nothing,
    refusals: noChannel,
    effect: 'store',
  }),
  channelTest: command({
    summary: 'Send a test over a channel now and say exactly how it went',
    input: z.object({ channelId: z.string() }),
    permission: 'alerts.administer',
    output: z.object({ sent: z.boolean(), sentence: z.string(), tookMs: z.number() }),
    refusals: noChannel,
    effect: 'outside',
  }),
  deliveryList: query({
    summary: 'What was sent over the channels, newest first; fields: channel state',
    input: pageInput(['created']).extend({ direction: z.enum(['asc', 'desc']).default('desc') }),
    permission: 'alerts.read',
    output: pageOf(deliveryRow),
  }),
  noticeList: query({
    summary: 'Notifications of the last ten minutes that are for desktops',
    input: nothing,
    permission: 'alerts.read',
    output: z.object({
      rows: z.array(z.object({ id: z.string(), at: instant, title: z.string(), body: z.string() })),
    }),
  }),
};
