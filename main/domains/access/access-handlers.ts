import type { DomainHandlers } from '../../../shared/contract/handlers.ts';
import { done } from '../../../shared/contract/outcome.ts';
import type { accessContract } from '../../../shared/domains/access/access-contract.ts';
import { ROLES } from '../../../shared/domains/access/role-rules.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import type { AccessTables } from './access-tables.ts';
import { personSave } from './person-save.ts';
import { personRows, toPerson } from './person-store.ts';

export function accessHandlers(): DomainHandlers<typeof accessContract, CallContext> {
  return {
    whoAmI: async (_input, { actor }) =>
      done({
        id: actor.id,
        login: actor.login,
        name: actor.name,
        role: actor.role,
        permissions: [...ROLES[actor.role]],
      }),
    personList: async (_input, context) =>
      done({ rows: (await personRows(context.tables<AccessTables>())).map(toPerson) }),
    personSave,
  };
}
