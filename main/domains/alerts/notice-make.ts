import type { Transaction } from 'kysely';
import { isAtLeast, noticeTitle, SEVERITY_RANK } from '../../../shared/domains/alerts/alert-rules.ts';
import type { AlertSeverity, NoticeMessage } from '../../../shared/domains/alerts/alerts-contract.ts';
import { newId } from '../../../shared/kernel/id.ts';
import { endsToTell, instantOf, writeAlerts } from './alert-store.ts';
import type { AlertsParts } from './alerts-parts.ts';
import {
  DELIVERY_TOPIC,
  NOTICE_TOPIC,
  type AlertRecord,
  type AlertsTables,
  type ChannelRecord,
  type DeliveryRecord,
} from './alerts-tables.ts';
import { allChannels, noteAttempt } from './channel-store.ts';

type Trx = Transaction<AlertsTables>;
type Kind = 'firing' | 'resolved';

/** How alerts that come together are told together. */
export interface Grouping {
  /** After the first alert so long is waited for others. */
  readonly windowMs: number;
  /** Between two notifications of a kind lies at least so much. */
  readonly spacingMs: number;
}

export const GROUPING: Grouping = { windowMs: 15_000, spacingMs: 60_000 };

/** As many alerts are named in a notification; of the others their number. */
const NAMED = 20;

/**
 * Puts what is to be told into the outbox, and marks it as told in the same transaction: one notification of all alerts that
 * fire by now, and one of all that are over, each with a delivery per channel that wants any of them.
 */
export async function makeNotices(
  parts: AlertsParts,
  trx: Trx,
  { open, nowMs, grouping }: { open: readonly AlertRecord[]; nowMs: number; grouping: Grouping },
): Promise<void> {
  const begun = open.filter(
    (alert) =>
      alert.state === 'firing' &&
      alert.told === 'no' &&
      alert.silence_id === '' &&
      alert.acknowledged_at_ms === null,
  );
  const ended = await endsToTell(trx);
  const over = ended.filter((alert) => alert.silence_id === '');
  // What ended in silence needs no telling any more.
  const quiet = ended.filter((alert) => alert.silence_id !== '');
  const written = quiet.map((alert) => ({ ...alert, told: 'over' as const }));
  await writeAlerts(parts.store, trx, { written, dropped: [] });
  await tell(parts, trx, { kind: 'firing', alerts: begun, nowMs, grouping });
  await tell(parts, trx, { kind: 'resolved', alerts: over, nowMs, grouping });
}

interface Telling {
  readonly kind: Kind;
  readonly alerts: readonly AlertRecord[];
  readonly nowMs: number;
  readonly grouping: Grouping;
}

async function tell(parts: AlertsParts, trx: Trx, telling: Telling): Promise<void> {
  const { kind, alerts, nowMs } = telling;
  if (alerts.length === 0 || !(await isTime(trx, telling))) return;
  const noticeId = newId('notice', nowMs);
  const environment = await parts.environmentName(trx);
  const deliveries: DeliveryRecord[] = [];
  const shownOver: string[] = [];
  for (const channel of await allChannels(trx)) {
    const wanted = alerts.filter((alert) => isWanted(channel, alert));
    const isTold = channel.enabled === 1 && (kind === 'firing' || channel.sends_resolved === 1);
    if (isTold && wanted.length > 0) {
      const message = noticeMessage({ kind, alerts: wanted, nowMs, environment });
      deliveries.push(deliveryOf({ noticeId, channel, message, nowMs }));
      if (channel.kind === 'desktop') shownOver.push(channel.id);
    }
  }
  await trx
    .insertInto('alert_notice')
    .values({ id: noticeId, kind, created_at_ms: nowMs, alerts: alerts.length })
    .execute();
  await parts.store.insertMany(trx, 'alert_delivery', deliveries);
  for (const channelId of shownOver) await noteAttempt(trx, channelId, { sentAtMs: nowMs, problem: '' });
  const told = kind === 'firing' ? ('firing' as const) : ('over' as const);
  const written = alerts.map((alert) => ({ ...alert, told, told_at_ms: nowMs }));
  await writeAlerts(parts.store, trx, { written, dropped: [] });
  await parts.store.changes.note(
    trx,
    DELIVERY_TOPIC,
    deliveries.map((one) => one.id),
  );
  await parts.store.changes.note(trx, NOTICE_TOPIC, noticeId);
}

/** Times in the future are of a clock that was set back since, and hold nobody up. */
async function isTime(trx: Trx, { kind, alerts, nowMs, grouping }: Telling): Promise<boolean> {
  const moments = alerts.map((alert) => momentOf(alert, kind));
  const sinceMs = moments.reduce((first, atMs) => Math.min(first, atMs > nowMs ? 0 : atMs), nowMs);
  if (nowMs - sinceMs < grouping.windowMs) return false;
  const last = await trx
    .selectFrom('alert_notice')
    .select((of) => of.fn.max('created_at_ms').as('at_ms'))
    .where('kind', '=', kind)
    .where('created_at_ms', '<=', nowMs)
    .executeTakeFirst();
  return nowMs - Number(last?.at_ms ?? 0) >= grouping.spacingMs;
}

function momentOf(alert: AlertRecord, kind: Kind): number {
  return (kind === 'firing' ? alert.fired_at_ms : alert.resolved_at_ms) ?? 0;
}

function isWanted(channel: ChannelRecord, alert: AlertRecord): boolean {
  const rules = JSON.parse(channel.rule_ids) as string[];
  return (
    isAtLeast(alert.severity, channel.least_severity) && (rules.length === 0 || rules.includes(alert.rule_id))
  );
}

/** What a notification of these alerts says: how many of which severity, and the worst by name. */
export function noticeMessage(of: {
  kind: NoticeMessage['kind'];
  alerts: readonly AlertRecord[];
  nowMs: number;
  environment: string;
}): NoticeMessage {
  const { kind, alerts, nowMs, environment } = of;
  const count = (severity: AlertSeverity): number =>
    alerts.filter((alert) => alert.severity === severity).length;
  const worst = alerts.toSorted(
    (a, b) =>
      SEVERITY_RANK[a.severity] - SEVERITY_RANK[b.severity] ||
      a.began_at_ms - b.began_at_ms ||
      a.subject_name.localeCompare(b.subject_name),
  );
  return {
    kind,
    at: instantOf(nowMs),
    environment,
    total: alerts.length,
    counts: { critical: count('critical'), warning: count('warning'), info: count('info') },
    alerts: worst.slice(0, NAMED).map((alert) => ({
      id: alert.id,
      rule: alert.rule_name,
      severity: alert.severity,
      subject: { kind: alert.subject_kind, id: alert.subject_id, name: alert.subject_name },
      detail: alert.detail.slice(0, 500),
      since: instantOf(alert.began_at_ms),
    })),
  };
}

/** A notification for one channel, as it stands in the outbox. */
export function deliveryOf(of: {
  noticeId: string;
  channel: ChannelRecord;
  message: NoticeMessage;
  nowMs: number;
}): DeliveryRecord {
  const { noticeId, channel, message, nowMs } = of;
  // Consoles that are open show it by themselves; there is nothing to send.
  const isShown = channel.kind === 'desktop';
  return {
    id: newId('delivery', nowMs),
    notice_id: noticeId,
    channel_id: channel.id,
    state: isShown ? 'sent' : 'waiting',
    message: JSON.stringify(message),
    title: noticeTitle(message),
    attempts: 0,
    created_at_ms: nowMs,
    next_at_ms: nowMs,
    decided_at_ms: nowMs,
    sent_at_ms: isShown ? nowMs : null,
    problem: '',
  };
}
