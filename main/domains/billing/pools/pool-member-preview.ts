import { done, type Outcome } from '../../../../shared/contract/outcome.ts';
import type { InputOf, OutputOf, RefusalCodeOf } from '../../../../shared/contract/operation.ts';
import type { billingContract } from '../../../../shared/domains/billing/billing-contract.ts';
import {
  add,
  larger,
  multiply,
  ratio,
  ratioFrom,
  ratioText,
  subtract,
  ZERO,
  type Ratio,
} from '../../../../shared/kernel/ratio.ts';
import type { CallContext } from '../../../platform/calls/call-context.ts';
import { customerFacts } from '../../customers/customers-public.ts';
import type { BillingParts, VmSize } from '../billing-parts.ts';
import type { BillingTables } from '../billing-tables.ts';
import { calendarOfSubscription, readCalendar } from '../companies/company-store.ts';
import { memberAsked } from './pool-member-add.ts';
import { poolVmIds } from './pool-member-store.ts';

type Operation = typeof billingContract.poolMemberPreview;

const GIB = 1024n ** 3n;

/** Of the marks those that follow from the size of a VM. */
const SIZES: Readonly<Record<string, (size: VmSize) => Ratio>> = {
  'vm-vcpus': ({ vcpus }) => ratio(BigInt(vcpus), 1n),
  'vm-memory-gib': ({ memoryBytes }) => ratio(BigInt(memoryBytes), GIB),
  'vm-disk-gib': ({ diskBytes }) => ratio(BigInt(diskBytes), GIB),
};

/** By the sizes VMs have now, all of them on: what is used is known when the day is over. */
export async function poolMemberPreview(
  parts: BillingParts,
  input: InputOf<Operation>,
  context: CallContext,
): Promise<Outcome<OutputOf<Operation>, RefusalCodeOf<Operation>>> {
  const db = context.tables<BillingTables>();
  const asked = await memberAsked(parts, db, input, {
    calendar: await readCalendar(db, await calendarOfSubscription(db, input.subscriptionId)),
    customerOf: customerFacts,
    vmOf: parts.vms.vmFacts,
  });
  if (!asked.ok) return asked;
  const { subscription, conditions, vm, fromMs, nowMs } = asked.value;
  const members = await poolVmIds(db, subscription, nowMs);
  const sizes = await parts.vms.vmSizes(db, [...members, input.vmId]);
  return done({
    from: new Date(fromMs).toISOString(),
    vm: vm.name,
    isGiven: vm.customerId === null,
    parts: conditions.plan.components.flatMap((component) => {
      const sizeOf = component.kind === 'pool' ? SIZES[component.meter] : undefined;
      if (component.kind !== 'pool' || sizeOf === undefined) return [];
      const have = (ids: readonly string[]): Ratio =>
        ids
          .flatMap((id) => sizes.get(id) ?? [])
          .map(sizeOf)
          .reduce(add, ZERO);
      const bought = multiply(ratioFrom(component.bought), ratioFrom(conditions.quantity));
      const withIt = have([...members, input.vmId]);
      return [
        {
          component: component.id,
          meter: component.meter,
          bought: ratioText(bought),
          now: ratioText(have(members)),
          withIt: ratioText(withIt),
          beyond: ratioText(larger(subtract(withIt, bought), ZERO)),
        },
      ];
    }),
  });
}
