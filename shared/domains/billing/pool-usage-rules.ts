import { ratio, type Ratio } from '../../kernel/ratio.ts';
import { GIB_HOUR_MIB_MS, HOUR_MS } from './charge-rules.ts';
import { GIB_BYTES, MARK_METERS, type MarkMeter, type VmMeter, type VmUsage } from './meter-rules.ts';

/*
 * What a pool used. Its members are VMs, each in it for some hours; an hour belongs to the pool a VM came into in it, not to the one it
 * left in it, so no hour counts twice. What is used by the hour adds up over members and hours. A mark is of the hour in which all
 * members together had the most, which is seldom what the highest of each come to.
 */

/** What a VM used in an hour, as hosts count it. */
export interface MemberHour {
  readonly vmId: string;
  readonly hourAtMs: number;
  readonly runningMs: number;
  readonly vcpuMs: number;
  readonly mibMs: number;
  readonly diskMibMs: number;
  readonly sentBytes: number;
  readonly addresses: number;
}

/** Hours that begin in `[fromMs, toMs)`; null: it is a member still. */
export interface MemberStay {
  readonly vmId: string;
  readonly fromMs: number;
  readonly toMs: number | null;
}

export type Mark = (typeof MARK_METERS)[MarkMeter];
const MARKS: readonly Mark[] = Object.values(MARK_METERS);

/** What a member added: to the day, and to each mark in the hour of that mark. */
export interface MemberUsage extends Omit<
  VmUsage,
  'addresses' | 'vcpuMarkMs' | 'mibMarkMs' | 'diskMarkMibMs'
> {
  readonly vmId: string;
  readonly atMark: Readonly<Record<Mark, bigint>>;
}

export interface PoolUsage {
  readonly together: VmUsage;
  /** The hour of each mark, the first of several that are as high; null where there was nothing. */
  readonly markAtMs: Readonly<Record<Mark, number | null>>;
  /** Those that used something, by VM. */
  readonly members: readonly MemberUsage[];
}

/** Whether a member counts in an hour. */
export function isMemberIn({ fromMs, toMs }: Omit<MemberStay, 'vmId'>, hourAtMs: number): boolean {
  return hourAtMs >= fromMs && (toMs === null || hourAtMs < toMs);
}

/** What a pool used in these hours, of which those of its members count, each once. */
export function poolUsage(stays: readonly MemberStay[], hours: readonly MemberHour[]): PoolUsage {
  const staysOf = Map.groupBy(stays, ({ vmId }) => vmId);
  const counted = hours.filter((hour) =>
    staysOf.get(hour.vmId)?.some((stay) => isMemberIn(stay, hour.hourAtMs)),
  );
  const markAtMs = marksOf(counted);
  const members = [...Map.groupBy(counted, ({ vmId }) => vmId)]
    .map(([vmId, of]): MemberUsage => {
      const sum = (each: (hour: MemberHour) => number): bigint =>
        of.reduce((total, hour) => total + BigInt(each(hour)), 0n);
      const atMark = (mark: Mark): bigint => {
        const at = of.find(({ hourAtMs }) => hourAtMs === markAtMs[mark]);
        return at === undefined ? 0n : BigInt(at[mark]);
      };
      return {
        vmId,
        runningMs: sum(({ runningMs }) => runningMs),
        vcpuMs: sum(({ vcpuMs }) => vcpuMs),
        mibMs: sum(({ mibMs }) => mibMs),
        diskMibMs: sum(({ diskMibMs }) => diskMibMs),
        sentBytes: sum(({ sentBytes }) => sentBytes),
        atMark: byMark(atMark),
      };
    })
    .toSorted((one, other) => (one.vmId < other.vmId ? -1 : 1));
  return { together: togetherOf(members), markAtMs, members };
}

/** What members come to: the pool's reading is this and nothing else. */
export function togetherOf(members: readonly Omit<MemberUsage, 'vmId'>[]): VmUsage {
  const sum = (of: (member: Omit<MemberUsage, 'vmId'>) => bigint): bigint =>
    members.reduce((total, member) => total + of(member), 0n);
  return {
    runningMs: sum(({ runningMs }) => runningMs),
    vcpuMs: sum(({ vcpuMs }) => vcpuMs),
    mibMs: sum(({ mibMs }) => mibMs),
    diskMibMs: sum(({ diskMibMs }) => diskMibMs),
    sentBytes: sum(({ sentBytes }) => sentBytes),
    addresses: Number(sum(({ atMark }) => atMark.addresses)),
    vcpuMarkMs: sum(({ atMark }) => atMark.vcpuMs),
    mibMarkMs: sum(({ atMark }) => atMark.mibMs),
    diskMarkMibMs: sum(({ atMark }) => atMark.diskMibMs),
  };
}

/** What a member adds to a day of a meter: of a mark in the hour of it. */
export function memberQuantity(meter: VmMeter, { atMark, ...used }: Omit<MemberUsage, 'vmId'>): Ratio {
  switch (meter) {
    case 'vm-hours':
      return ratio(used.runningMs, HOUR_MS);
    case 'vcpu-hours':
      return ratio(used.vcpuMs, HOUR_MS);
    case 'memory-gib-hours':
      return ratio(used.mibMs, GIB_HOUR_MIB_MS);
    case 'vm-disk-gib-hours':
      return ratio(used.diskMibMs, GIB_HOUR_MIB_MS);
    case 'vm-sent-gib':
      return ratio(used.sentBytes, GIB_BYTES);
    case 'vm-addresses':
      return ratio(atMark.addresses, 1n);
    case 'vm-vcpus':
      return ratio(atMark.vcpuMs, HOUR_MS);
    case 'vm-memory-gib':
      return ratio(atMark.mibMs, GIB_HOUR_MIB_MS);
    case 'vm-disk-gib':
      return ratio(atMark.diskMibMs, GIB_HOUR_MIB_MS);
  }
}

function marksOf(hours: readonly MemberHour[]): Record<Mark, number | null> {
  const together = [...Map.groupBy(hours, ({ hourAtMs }) => hourAtMs)].toSorted(
    ([one], [other]) => one - other,
  );
  return byMark((mark) => {
    let most = 0n;
    let at: number | null = null;
    for (const [hourAtMs, of] of together) {
      const used = of.reduce((sum, hour) => sum + BigInt(hour[mark]), 0n);
      if (used > most) [most, at] = [used, hourAtMs];
    }
    return at;
  });
}

function byMark<T>(of: (mark: Mark) => T): Record<Mark, T> {
  return Object.fromEntries(MARKS.map((mark) => [mark, of(mark)])) as Record<Mark, T>;
}
