import type {
  AlertSeverity,
  AlertState,
  AlertSubject,
  ChannelKind,
  DeliveryRow,
} from '../../../shared/domains/alerts/alerts-contract.ts';

/** Tables of this domain. `…_at_ms` are epoch milliseconds, booleans 0 and 1, structured text is JSON. */
export interface AlertsTables {
  alert_rule: {
    id: string;
    name: string;
    /** JSON, `AlertCondition`. */
    condition: string;
    severity: AlertSeverity;
    hold_seconds: number;
    clear_seconds: number;
    enabled: 0 | 1;
    problem: string;
  };
  /** Deleted while it was pending, kept once it fired. */
  alert: {
    id: string;
    rule_id: string;
    rule_name: string;
    severity: AlertSeverity;
    state: AlertState;
    subject_kind: AlertSubject['kind'];
    subject_id: string;
    subject_name: string;
    host_id: string;
    host_name: string;
    detail: string;
    /** Since when it has been true without a break. */
    began_at_ms: number;
    fired_at_ms: number | null;
    /** Since when it is over without being resolved yet. */
    quiet_since_at_ms: number | null;
    resolved_at_ms: number | null;
    acknowledged_by: string;
    acknowledged_at_ms: number | null;
    note: string;
    /** Silence that keeps it quiet; `maintenance` for a host's own; empty: none. */
    silence_id: string;
    silenced_until_at_ms: number | null;
    flaps: number;
    /** What people were last told of it: nothing, that it fires, that it is over (or needs no telling any more). */
    told: 'no' | 'firing' | 'over';
    told_at_ms: number | null;
  };
  alert_silence: {
    id: string;
    rule_id: string;
    /** JSON, `AlertSubject`; empty: any. */
    subject: string;
    host_id: string;
    cluster_id: string;
    query: string;
    about: string;
    reason: string;
    started_by: string;
    started_at_ms: number;
    ends_at_ms: number;
    ended_at_ms: number | null;
    ended_by: string;
  };
  alert_channel: {
    id: string;
    name: string;
    kind: ChannelKind;
    /** JSON, `ChannelConfig` without its secrets. */
    config: string;
    /** Sealed JSON of the secrets alone. */
    sealed: string | null;
    least_severity: AlertSeverity;
    /** JSON; empty: all rules. */
    rule_ids: string;
    sends_resolved: 0 | 1;
    enabled: 0 | 1;
    last_sent_at_ms: number | null;
    problem: string;
  };
  alert_notice: { id: string; kind: 'firing' | 'resolved'; created_at_ms: number; alerts: number };
  /** The outbox: one row per notification and channel. */
  alert_delivery: {
    id: string;
    notice_id: string;
    channel_id: string;
    state: DeliveryRow['state'];
    /** JSON, `NoticeMessage`. */
    message: string;
    title: string;
    attempts: number;
    created_at_ms: number;
    /** When it is tried again; while it is `sending`, until when nobody else takes it. */
    next_at_ms: number;
    /** When `next_at_ms` was decided on: a time in the future is of a clock that was set back. */
    decided_at_ms: number;
    sent_at_ms: number | null;
    problem: string;
  };
}

export type AlertRecord = AlertsTables['alert'];
export type RuleRecord = AlertsTables['alert_rule'];
export type SilenceRecord = AlertsTables['alert_silence'];
export type ChannelRecord = AlertsTables['alert_channel'];
export type DeliveryRecord = AlertsTables['alert_delivery'];

/** Topics of the change feed: nouns of the contract's operations. */
export const ALERT_TOPIC = 'alert';
export const RULE_TOPIC = 'rule';
export const SILENCE_TOPIC = 'silence';
export const CHANNEL_TOPIC = 'channel';
export const DELIVERY_TOPIC = 'delivery';
export const NOTICE_TOPIC = 'notice';
