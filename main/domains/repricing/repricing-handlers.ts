import type { DomainHandlers } from '../../../shared/contract/handlers.ts';
import type { repricingContract } from '../../../shared/domains/repricing/repricing-contract.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import {
  repricingAbort,
  repricingGoOn,
  repricingRetry,
  repricingStart,
  repricingStop,
  repricingTakeBack,
} from './repricing-control.ts';
import { repricingCreate } from './repricing-create.ts';
import { repricingGet, repricingItems, repricingList } from './repricing-list.ts';
import type { RepricingCommandParts } from './repricing-parts.ts';

export function repricingHandlers(
  parts: RepricingCommandParts,
): DomainHandlers<typeof repricingContract, CallContext> {
  return {
    repricingCreate: repricingCreate(parts),
    repricingList,
    repricingGet: repricingGet(parts),
    repricingItems,
    repricingStart: repricingStart(parts),
    repricingStop: repricingStop(parts),
    repricingGoOn: repricingGoOn(parts),
    repricingAbort: repricingAbort(parts),
    repricingRetry: repricingRetry(parts),
    repricingTakeBack: repricingTakeBack(parts),
  };
}
