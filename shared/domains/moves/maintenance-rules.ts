import { Temporal } from 'temporal-polyfill';
import { maintenanceWindowAt, type MaintenanceWindow } from '../fleet/cluster-rules.ts';
import { isOlder } from './fits-rules.ts';

/** What a person has said of a VM that does not move by itself. */
export const EVACUATION_ANSWERS = ['', 'leave', 'shut-down'] as const;
export type EvacuationAnswer = (typeof EVACUATION_ANSWERS)[number];

export const ROLLING_STATES = ['running', 'paused', 'done', 'stopped'] as const;
export type RollingState = (typeof ROLLING_STATES)[number];
/** What lets an empty host be brought back: a person's word, or its health alone. */
export const ROLLING_GOES = ['person', 'healthy'] as const;
export type RollingGo = (typeof ROLLING_GOES)[number];
export const ROLLING_HOST_STATES = ['waiting', 'evacuating', 'holding', 'go', 'done', 'skipped'] as const;
export type RollingHostState = (typeof ROLLING_HOST_STATES)[number];

/** A clock further off than this is not well: leases, TLS and logs go by it. */
const CLOCK_MS = 2_000;

export interface HostHealth {
  readonly state: string;
  readonly libvirtVersion: string;
  readonly clockOffsetMs: number | null;
  readonly bootId: string;
  /** VMs that were on it and of which nothing is heard where they are now. */
  readonly vmsUnheard: number;
}

export interface HealthWanted {
  /** Its boot when it was empty, where it has to be another now; empty: any. */
  readonly otherBootThan: string;
  /** Empty: any. */
  readonly libvirtAtLeast: string;
}

/** What is not well yet with a host that is to be brought back, a clause each; empty: it may come back. */
export function healthProblems(host: HostHealth, wanted: HealthWanted): string[] {
  const problems: string[] = [];
  if (host.state !== 'connected') problems.push(`it is ${host.state.replace('-', ' ')}`);
  if (wanted.otherBootThan !== '' && host.bootId === wanted.otherBootThan)
    problems.push('it was not started anew yet');
  if (wanted.libvirtAtLeast !== '' && isOlder(host.libvirtVersion, wanted.libvirtAtLeast))
    problems.push(`it has libvirt ${host.libvirtVersion}, ${wanted.libvirtAtLeast} is wanted`);
  if (host.clockOffsetMs !== null && Math.abs(host.clockOffsetMs) > CLOCK_MS)
    problems.push(`its clock is off by ${(host.clockOffsetMs / 1000).toFixed(1)} s`);
  if (host.vmsUnheard > 0) problems.push(`nothing is heard of ${host.vmsUnheard} of the VMs that were on it`);
  return problems;
}

/** The maintenance window a host of this cluster waits for, completes "waits for …"; empty where it may begin now. */
export function windowToWaitFor(
  cluster: {
    readonly name: string;
    readonly timeZone: string;
    readonly windows: readonly MaintenanceWindow[];
  },
  nowMs: number,
): string {
  const next = maintenanceWindowAt(cluster, nowMs);
  if (next === undefined || next.isOpen) return '';
  const at = Temporal.Instant.fromEpochMilliseconds(next.fromMs).toZonedDateTimeISO(cluster.timeZone);
  const minutes = { smallestUnit: 'minute' } as const;
  return `the maintenance window of ${cluster.name}, from ${at.toPlainDate().toString()} ${at.toPlainTime().toString(minutes)} on (${cluster.timeZone})`;
}
