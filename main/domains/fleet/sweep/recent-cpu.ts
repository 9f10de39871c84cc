import { sql, type Kysely } from 'kysely';
import { rowOf, unpackNumberBlock } from '../../../platform/series/number-block.ts';
import type { AnyDatabase } from '../../../platform/store/any-database.ts';
import { textList } from '../../../platform/store/update-many.ts';
import type { StoreKind } from '../../../platform/store/store.ts';
import type { FleetTables } from '../fleet-tables.ts';
import { LOAD_FIELDS, MINUTE_MS } from './load-meter.ts';
import { MINUTES } from '../series/series-tiers.ts';

type Db = Kysely<FleetTables>;

export interface CpuAsked {
  /** What is measured: the UUID of a VM, or the host's own id. */
  readonly subject: string;
  /** Host it is on, or is. */
  readonly hostId: string;
  /** Since when; not earlier than the window begins. */
  readonly sinceMs: number;
}

export interface CpuWindow {
  readonly asked: readonly CpuAsked[];
  readonly windowMs: number;
  readonly nowMs: number;
}

/** Subject numbers, and their CPU in per cent. */
interface CpuMinute {
  readonly keys: readonly number[];
  readonly cpu: Float32Array;
}

interface HostMinutes {
  readonly minutes: Map<number, CpuMinute>;
  /** Every which minute is read. */
  readonly stride: number;
  /** Minutes that were read: from the first to before the last. */
  readonly from: number;
  readonly until: number;
  readonly askedAtMs: number;
}

interface Span extends Pick<CpuWindow, 'windowMs' | 'nowMs'> {
  readonly until: number;
}

const CPU = LOAD_FIELDS.indexOf('cpuPercent');
/** Of a longer window every second, third … minute is looked at. */
const SAMPLES = 60;
/** A minute is written with the sweep after it, and once more when it was not complete. */
const LATE_MINUTES = 3;
/** A series that is older than this says nothing of now. */
const OLD_MINUTES = 5;
const HOSTS_AT_ONCE = 25;
const KEPT_MS = 5 * MINUTE_MS;

/**
 * Average CPU of VMs and hosts over the last minutes, from the series. Keeps what it has read, so that asking again a moment later
 * reads only what was written since; of hosts that are not asked about it keeps nothing.
 */
export class RecentCpu {
  readonly #kind: StoreKind;
  readonly #hosts = new Map<string, HostMinutes>();

  constructor(kind: StoreKind) {
    this.#kind = kind;
  }

  /** By subject; one of which less than half is known, or nothing of late, is left out. */
  async averages(db: AnyDatabase, window: CpuWindow): Promise<Map<string, number>> {
    const { asked, nowMs } = window;
    if (asked.length === 0) return new Map();
    const until = Math.floor(nowMs / MINUTE_MS) + 1;
    await this.#read(db as Db, new Set(asked.map(({ hostId }) => hostId)), { ...window, until });
    const numbers = await this.#numbers(db as Db, [...new Set(asked.map(({ subject }) => subject))]);
    const averages = new Map<string, number>();
    for (const { subject, hostId, sinceMs } of asked) {
      const host = this.#hosts.get(keyOf(hostId, window.windowMs));
      const number = numbers.get(subject);
      const since = Math.floor(Math.max(sinceMs, nowMs - window.windowMs) / MINUTE_MS);
      const average =
        host === undefined || number === undefined ? undefined : averageOf(host, { number, since, until });
      if (average !== undefined) averages.set(subject, average);
    }
    this.#forget(nowMs);
    return averages;
  }

  async #read(db: Db, hostIds: ReadonlySet<string>, span: Span): Promise<void> {
    const from = Math.floor((span.nowMs - span.windowMs) / MINUTE_MS);
    const groups = Map.groupBy(hostIds, (hostId) => {
      const known = this.#hosts.get(keyOf(hostId, span.windowMs));
      const again = (known?.until ?? 0) - LATE_MINUTES - strideOf(span.windowMs);
      return known === undefined || known.from > from ? from : Math.max(from, again);
    });
    for (const [since, ids] of groups) {
      for (const hostId of ids) this.#move(hostId, from, span);
      // Some at a time: an hour of a whole fleet is not to fill memory.
      for (let start = 0; start < ids.length; start += HOSTS_AT_ONCE)
        await this.#readBlocks(db, { hostIds: ids.slice(start, start + HOSTS_AT_ONCE), since }, span);
    }
  }

  /** Moves a host's window to now. */
  #move(hostId: string, from: number, { windowMs, nowMs, until }: Span): void {
    const key = keyOf(hostId, windowMs);
    const minutes = this.#hosts.get(key)?.minutes ?? new Map<number, CpuMinute>();
    for (const minute of minutes.keys()) if (minute < from || minute >= until) minutes.delete(minute);
    this.#hosts.set(key, { minutes, stride: strideOf(windowMs), from, until, askedAtMs: nowMs });
  }

  async #readBlocks(
    db: Db,
    of: { readonly hostIds: readonly string[]; readonly since: number },
    { windowMs, until }: Span,
  ): Promise<void> {
    const rows = await db
      .selectFrom('series_host_block')
      .select(['host_id', 'step', 'block'])
      .where('step_minutes', '=', MINUTES.stepMinutes)
      .where('host_id', 'in', textList(this.#kind, of.hostIds))
      .where('step', '>=', of.since)
      .where('step', '<', until)
      .where(sql<boolean>`step % ${sql.lit(strideOf(windowMs))} = 0`)
      .execute();
    for (const { host_id, step, block } of rows) {
      const { keys, columns } = unpackNumberBlock(block);
      const cpu = columns[CPU];
      if (cpu !== undefined) this.#hosts.get(keyOf(host_id, windowMs))?.minutes.set(step, { keys, cpu });
    }
  }

  async #numbers(db: Db, subjects: readonly string[]): Promise<Map<string, number>> {
    const rows = await db
      .selectFrom('series_subject')
      .select(['name', 'number'])
      .where('name', 'in', textList(this.#kind, subjects))
      .execute();
    return new Map(rows.map((row) => [row.name, row.number]));
  }

  #forget(nowMs: number): void {
    for (const [key, host] of this.#hosts)
      if (Math.abs(nowMs - host.askedAtMs) > KEPT_MS) this.#hosts.delete(key);
  }
}

function strideOf(windowMs: number): number {
  return Math.max(1, Math.floor(windowMs / MINUTE_MS / SAMPLES));
}

function keyOf(hostId: string, windowMs: number): string {
  return `${windowMs} ${hostId}`;
}

function averageOf(
  host: HostMinutes,
  of: { number: number; since: number; until: number },
): number | undefined {
  const newest = Math.max(...host.minutes.keys(), 0);
  if (newest < of.until - OLD_MINUTES - host.stride) return undefined;
  let total = 0;
  let known = 0;
  for (const [minute, block] of host.minutes) {
    const row = minute < of.since ? undefined : rowOf(block, of.number);
    const value = row === undefined ? Number.NaN : (block.cpu[row] ?? Number.NaN);
    if (Number.isNaN(value)) continue;
    total += value;
    known += 1;
  }
  const wanted = Math.max(1, Math.floor((newest - of.since + 1) / host.stride));
  return known * 2 >= wanted && known > 0 ? total / known : undefined;
}
