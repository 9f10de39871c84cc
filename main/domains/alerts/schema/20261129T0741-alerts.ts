import type { SchemaStep } from '../../../platform/store/schema-step.ts';

interface Tables {
  alert_rule: {
    id: string;
    name: string;
    condition: string;
    severity: string;
    hold_seconds: number;
    clear_seconds: number;
    enabled: number;
    problem: string;
  };
  alert_channel: {
    id: string;
    name: string;
    kind: string;
    config: string;
    least_severity: string;
    rule_ids: string;
    sends_resolved: number;
    enabled: number;
    problem: string;
  };
}

/** What a new store watches; all of it can be changed and switched off. */
const RULES = [
  ['host-unreachable', 'Host unreachable', { kind: 'host-unreachable' }, 'critical', 120],
  ['vm-crashed', 'VM crashed', { kind: 'vm-crashed' }, 'critical', 0],
  ['pool-over', 'Storage pool nearly full', { kind: 'pool-over', percent: 90 }, 'warning', 300],
  [
    'memory-overcommitted',
    'Memory overcommitted',
    { kind: 'memory-overcommitted', percent: 100 },
    'warning',
    600,
  ],
  ['cpu-hosts', 'CPU of a host over 90 %', { kind: 'cpu-over', of: 'hosts', percent: 90 }, 'warning', 900],
  ['cpu-vms', 'CPU of a VM over 95 %', { kind: 'cpu-over', of: 'vms', percent: 95 }, 'info', 3600],
  ['task-failed', 'Task failed', { kind: 'task-failed' }, 'warning', 0],
  ['clock-off', 'Clock of a host off', { kind: 'clock-off', seconds: 2 }, 'warning', 600],
] as const;

/** Rules, what they found, who is told, and what was told. */
export const alerts: SchemaStep = {
  id: '20261129T0741-alerts',
  async up(to) {
    await to.run(
      `create table alert_rule (
        id text primary key, name text not null unique, condition text not null,
        severity text not null check (severity in ('critical', 'warning', 'info')),
        hold_seconds bigint not null, clear_seconds bigint not null,
        enabled bigint not null check (enabled in (0, 1)), problem text not null)`,
      `create table alert (
        id text primary key, rule_id text not null, rule_name text not null, severity text not null,
        state text not null check (state in ('pending', 'firing', 'resolved')),
        subject_kind text not null, subject_id text not null, subject_name text not null,
        host_id text not null, host_name text not null, detail text not null,
        began_at_ms bigint not null, fired_at_ms bigint, quiet_since_at_ms bigint, resolved_at_ms bigint,
        acknowledged_by text not null, acknowledged_at_ms bigint, note text not null,
        silence_id text not null, silenced_until_at_ms bigint, flaps bigint not null,
        told text not null check (told in ('no', 'firing', 'over')), told_at_ms bigint)`,
      // Whatever races and restarts there are: one thing is open once under one rule.
      `create unique index alert_open on alert (rule_id, subject_kind, subject_id) where state <> 'resolved'`,
      'create index alert_by_state on alert (state, began_at_ms)',
      'create index alert_by_end on alert (state, resolved_at_ms)',
      'create index alert_to_tell on alert (told, state)',
      `create table alert_silence (
        id text primary key, rule_id text not null, subject text not null, host_id text not null, cluster_id text not null,
        query text not null, about text not null, reason text not null, started_by text not null,
        started_at_ms bigint not null, ends_at_ms bigint not null, ended_at_ms bigint, ended_by text not null)`,
      'create index alert_silence_by_end on alert_silence (ends_at_ms, id)',
      `create table alert_channel (
        id text primary key, name text not null unique, kind text not null, config text not null, sealed text,
        least_severity text not null, rule_ids text not null, sends_resolved bigint not null, enabled bigint not null,
        last_sent_at_ms bigint, problem text not null)`,
      `create table alert_notice (
        id text primary key, kind text not null check (kind in ('firing', 'resolved')), created_at_ms bigint not null,
        alerts bigint not null)`,
      'create index alert_notice_by_kind on alert_notice (kind, created_at_ms)',
      `create table alert_delivery (
        id text primary key, notice_id text not null, channel_id text not null,
        state text not null check (state in ('waiting', 'sending', 'sent', 'failed')), message text not null,
        title text not null, attempts bigint not null, created_at_ms bigint not null, next_at_ms bigint not null,
        sent_at_ms bigint, problem text not null, unique (notice_id, channel_id))`,
      'create index alert_delivery_due on alert_delivery (state, next_at_ms)',
      'create index alert_delivery_by_creation on alert_delivery (created_at_ms, id)',
      'create index alert_delivery_by_channel on alert_delivery (channel_id, created_at_ms)',
    );
    const db = to.tables<Tables>();
    await db
      .insertInto('alert_rule')
      .values(
        RULES.map(([key, name, condition, severity, hold]) => ({
          id: `rule_${key}`,
          name,
          condition: JSON.stringify(condition),
          severity,
          hold_seconds: hold,
          clear_seconds: 60,
          enabled: 1,
          problem: '',
        })),
      )
      .execute();
    await db
      .insertInto('alert_channel')
      .values({
        id: 'channel_desktop',
        name: 'Open consoles',
        kind: 'desktop',
        config: JSON.stringify({ kind: 'desktop' }),
        least_severity: 'warning',
        rule_ids: '[]',
        sends_resolved: 0,
        enabled: 1,
        problem: '',
      })
      .execute();
  },
};
