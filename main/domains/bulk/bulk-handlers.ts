import type { DomainHandlers } from '../../../shared/contract/handlers.ts';
import type { bulkContract } from '../../../shared/domains/bulk/bulk-contract.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import { bulkCancel, bulkGoOn, bulkRetry, bulkStop, bulkUndo } from './bulk-control.ts';
import { bulkGet, bulkItems, bulkList } from './bulk-list.ts';
import { BulkMemory } from './bulk-memory.ts';
import type { BulkCommandParts } from './bulk-parts.ts';
import { bulkPreview, bulkStart } from './bulk-start.ts';

export function bulkHandlers(parts: BulkCommandParts): DomainHandlers<typeof bulkContract, CallContext> {
  const memory = new BulkMemory();
  return {
    bulkPreview: bulkPreview(parts, memory),
    bulkStart: bulkStart(parts, memory),
    bulkList,
    bulkGet,
    bulkItems,
    bulkStop: bulkStop(parts),
    bulkGoOn: bulkGoOn(parts),
    bulkCancel: bulkCancel(parts),
    bulkRetry: bulkRetry(parts),
    bulkUndo: bulkUndo(parts),
  };
}
