import type { Kysely } from 'kysely';
import { MARK_METERS, type MarkMeter, type VmMeter } from '../../../../shared/domains/billing/meter-rules.ts';
import { POOL_MEMBERS_TOLD } from '../../../../shared/domains/billing/pool-contract.ts';
import { memberQuantity } from '../../../../shared/domains/billing/pool-usage-rules.ts';
import { addDays, type LocalDate } from '../../../../shared/kernel/local-date.ts';
import { add, compareRatios, ratioText, ZERO, type Ratio } from '../../../../shared/kernel/ratio.ts';
import type { BillingTables } from '../billing-tables.ts';
import { frozenMembers, type FrozenMember } from './pool-reading-store.ts';

type Db = Kysely<BillingTables>;
type Marks = BillingTables['pool_mark'];

/** A day of a pooled meter, as it was frozen. */
export interface PoolDayRead {
  readonly day: LocalDate;
  readonly hour: string | null;
  readonly quantity: Ratio;
  /** Those that used most. */
  readonly members: readonly { readonly vmId: string; readonly vm: string; readonly quantity: string }[];
  readonly others: number;
}

const HOUR_OF: Readonly<Record<MarkMeter, keyof Marks>> = {
  'vm-addresses': 'addresses_hour_ms',
  'vm-vcpus': 'vcpu_hour_ms',
  'vm-memory-gib': 'mib_hour_ms',
  'vm-disk-gib': 'disk_hour_ms',
};

/** The days of a pool that are closed, with what its members used: two statements for any meter asked of it. */
export class PoolDays {
  private readonly members: ReadonlyMap<LocalDate, readonly FrozenMember[]>;
  private readonly marks: ReadonlyMap<LocalDate, Marks>;

  private constructor(members: readonly FrozenMember[], marks: readonly Marks[]) {
    this.members = Map.groupBy(members, ({ day }) => day);
    this.marks = new Map(marks.map((row) => [row.day, row]));
  }

  static async read(
    db: Db,
    subscriptionId: string,
    days: { readonly from: LocalDate; readonly toExclusive: LocalDate },
  ): Promise<PoolDays> {
    const marks = await db
      .selectFrom('pool_mark')
      .selectAll()
      .where('subscription_id', '=', subscriptionId)
      .where('day', '>=', days.from)
      .where('day', '<', days.toExclusive)
      .execute();
    const members =
      marks.length === 0 ? [] : await frozenMembers(db, { subscriptionIds: [subscriptionId], ...days });
    return new PoolDays(members, marks);
  }

  /** Those on which anything was used of a meter, in order; those who used most of it first. */
  of(meter: VmMeter): PoolDayRead[] {
    return [...this.members].flatMap(([day, members]) => {
      const shares = members
        .map((member) => ({ vmId: member.vmId, vm: member.vmName, of: memberQuantity(meter, member) }))
        .filter((share) => compareRatios(share.of, ZERO) > 0)
        .toSorted((one, other) => compareRatios(other.of, one.of));
      if (shares.length === 0) return [];
      return [
        {
          day,
          hour: this.hourOf(meter, day),
          quantity: shares.map((share) => share.of).reduce(add, ZERO),
          members: shares
            .slice(0, POOL_MEMBERS_TOLD)
            .map(({ of, ...share }) => ({ ...share, quantity: ratioText(of) })),
          others: Math.max(0, shares.length - POOL_MEMBERS_TOLD),
        },
      ];
    });
  }

  private hourOf(meter: VmMeter, day: LocalDate): string | null {
    if (!(meter in MARK_METERS)) return null;
    const atMs = this.marks.get(day)?.[HOUR_OF[meter as MarkMeter]];
    return typeof atMs === 'number' ? new Date(atMs).toISOString() : null;
  }
}

/** The first day after the last of these. */
export function dayAfterLast(days: readonly LocalDate[]): LocalDate | undefined {
  const last = days.toSorted().at(-1);
  return last === undefined ? undefined : addDays(last, 1);
}
