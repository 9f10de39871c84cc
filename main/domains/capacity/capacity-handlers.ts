import type { DomainHandlers } from '../../../shared/contract/handlers.ts';
import type { capacityContract } from '../../../shared/domains/capacity/capacity-contract.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import { capacityGet, capacityList } from './capacity-list.ts';
import type { CapacityParts } from './capacity-parts.ts';
import { hostLossTry } from './host-loss-try.ts';

export function capacityHandlers(parts: CapacityParts): DomainHandlers<typeof capacityContract, CallContext> {
  return {
    capacityList: capacityList(parts),
    capacityGet: capacityGet(parts),
    hostLossTry: hostLossTry(parts),
  };
}
