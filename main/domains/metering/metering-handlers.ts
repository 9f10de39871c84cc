import type { DomainHandlers } from '../../../shared/contract/handlers.ts';
import { done } from '../../../shared/contract/outcome.ts';
import type { meteringContract } from '../../../shared/domains/metering/metering-contract.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import { heldUsageCharge } from './held-usage-charge.ts';
import { heldUsageDismiss } from './held-usage-dismiss.ts';
import { meterDeclare } from './meter-declare.ts';
import { meterList } from './meter-list.ts';
import type { MeteringParts } from './metering-parts.ts';
import type { MeteringTables } from './metering-tables.ts';
import { heldUsageList, usageDayList, usageEventList } from './usage-lists.ts';
import { usageRecord } from './usage-record.ts';

export function meteringHandlers(parts: MeteringParts): DomainHandlers<typeof meteringContract, CallContext> {
  return {
    meterList: async (_input, context) =>
      done({ rows: await meterList(parts, context.tables<MeteringTables>()) }),
    meterDeclare: async (input, context) => await meterDeclare(parts, input, context),
    usageRecord: async (input, context) => await usageRecord(parts, input, context),
    usageDayList: async (input, context) =>
      done({ rows: await usageDayList(parts, context.tables<MeteringTables>(), input) }),
    usageEventList: async (input, context) =>
      done(await usageEventList(context.tables<MeteringTables>(), input)),
    heldUsageList: async (input, context) =>
      done(await heldUsageList(parts, context.tables<MeteringTables>(), input)),
    heldUsageCharge: async (input, context) => await heldUsageCharge(parts, input, context),
    heldUsageDismiss: async (input, context) => await heldUsageDismiss(parts, input, context),
  };
}
