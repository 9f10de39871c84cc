import type { DomainHandlers } from '../../../shared/contract/handlers.ts';
import type { runsContract } from '../../../shared/domains/runs/runs-contract.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import { runApprove, runGoOn } from './run-approve.ts';
import { runAbort, runCreate, runRenew, runReturn } from './run-create.ts';
import { runDecide } from './run-decide.ts';
import { runGet, runList } from './run-list.ts';
import { runRow } from './run-row-get.ts';
import { runRows } from './run-rows.ts';
import type { RunsCommandParts } from './runs-parts.ts';

export function runsHandlers(parts: RunsCommandParts): DomainHandlers<typeof runsContract, CallContext> {
  return {
    runCreate: runCreate(parts),
    runList,
    runGet: runGet(parts),
    runRows,
    runRow: runRow(parts),
    runDecide: runDecide(parts),
    runRenew: runRenew(parts),
    runReturn: runReturn(parts),
    runApprove: runApprove(parts),
    runGoOn: runGoOn(parts),
    runAbort: runAbort(parts),
  };
}
