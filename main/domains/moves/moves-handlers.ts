import type { DomainHandlers } from '../../../shared/contract/handlers.ts';
import { done, refuse } from '../../../shared/contract/outcome.ts';
import type { movesContract } from '../../../shared/domains/moves/moves-contract.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import { planNow } from './balancer.ts';
import { MAINTENANCE_TOPIC } from './evacuation-store.ts';
import { evacuationAnswer, evacuationGet, hostBringBack, hostEvacuate } from './evacuation-use.ts';
import { vmMoveFits } from './host-fits.ts';
import { moveCancel } from './move-cancel.ts';
import { moveList } from './move-list.ts';
import { findMove, moveRowOf, readCaps, writeSetting } from './move-store.ts';
import type { MovesTables } from './moves-tables.ts';
import type { MovesCommandParts } from './moves-parts.ts';
import { listRollings } from './rolling-store.ts';
import { rollingSay, rollingStart } from './rolling-use.ts';
import { vmMove } from './vm-move.ts';

export function movesHandlers(parts: MovesCommandParts): DomainHandlers<typeof movesContract, CallContext> {
  return {
    vmMoveFits: async (input, context) => await vmMoveFits(parts, input, context),
    vmMove: async (input, context) => await vmMove(parts, input, context),
    moveCancel: async (input, context) => await moveCancel(parts, input, context),
    moveGet: async ({ moveId }, context) => {
      const move = await findMove(context.tables<MovesTables>(), moveId);
      return move === undefined ? refuse('no-such-move', { moveId }) : done(moveRowOf(move));
    },
    moveList: async (input, context) => done(await moveList(context.tables<MovesTables>(), input)),
    moveCapsGet: async (_input, context) => done(await readCaps(context.tables<MovesTables>())),
    hostEvacuate: async (input, context) => await hostEvacuate(parts, input, context),
    hostBringBack: async (input, context) => await hostBringBack(parts, input, context),
    evacuationGet: async (input, context) => await evacuationGet(parts, input, context),
    evacuationAnswer: async (input, context) => await evacuationAnswer(parts, input, context),
    rollingStart: async (input, context) => await rollingStart(parts, input, context),
    rollingSay: async (input, context) => await rollingSay(parts, input, context),
    rollingList: async (_input, context) => done({ rows: await listRollings(context.tables<MovesTables>()) }),
    balancerGet: async () => {
      const { choices: _choices, ...shown } = await planNow(parts);
      return done(shown);
    },
    balancerSet: async (input, context) => {
      await writeSetting(context.tables<MovesTables>(), 'balancer', input);
      await context.note(MAINTENANCE_TOPIC, 'balancer');
      return done({});
    },
    moveCapsSet: async (input, context) => {
      const db = context.tables<MovesTables>();
      await writeSetting(db, 'caps', { ...(await readCaps(db)), ...input });
      return done({});
    },
  };
}
