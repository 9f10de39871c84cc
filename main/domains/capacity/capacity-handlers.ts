import type { DomainHandlers } from '../../../shared/contract/handlers.ts';
import type { capacityContract } from '../../../shared/domains/capacity/capacity-contract.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import { capacityGet, capacityList } from './capacity-list.ts';
import type { CapacityParts } from './capacity-parts.ts';
import { rememberedHostLosses } from './host-losses.ts';
import { hostLossTry } from './host-loss-try.ts';

export function capacityHandlers(parts: CapacityParts): DomainHandlers<typeof capacityContract, CallContext> {
  const lossesOf = rememberedHostLosses(parts.fleet);
  return {
    capacityList: capacityList(parts, lossesOf),
    capacityGet: capacityGet(parts, lossesOf),
    hostLossTry: hostLossTry(parts),
  };
}
