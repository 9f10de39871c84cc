import type { DomainHandlers } from '../../../shared/contract/handlers.ts';
import { done, refuse } from '../../../shared/contract/outcome.ts';
import type { queriesContract } from '../../../shared/domains/queries/queries-contract.ts';
import { builtInQueries } from '../../../shared/domains/queries/query-rules.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import type { AnyDatabase } from '../../platform/store/any-database.ts';
import type { QueriesTables } from './queries-tables.ts';
import { isTheirs } from './saved-query-own.ts';
import { savedQueryRemove, savedQueryRestore } from './saved-query-remove.ts';
import { savedQuerySave } from './saved-query-save.ts';
import { defaultsOf, savedQueriesFor, savedQueryOf, setDefault } from './saved-query-store.ts';

export interface QueriesParts {
  nowMs(db: AnyDatabase): Promise<number>;
}

export function queriesHandlers(parts: QueriesParts): DomainHandlers<typeof queriesContract, CallContext> {
  return {
    savedQueryList: async ({ list }, context) => {
      const db = context.tables<QueriesTables>();
      const { actor } = context;
      const rows = await savedQueriesFor(db, actor.login, list);
      return done({
        rows: [...builtInQueries(list), ...rows.map((row) => savedQueryOf(row, isTheirs(row, actor)))],
        defaults: await defaultsOf(db, actor.login),
      });
    },
    savedQuerySave: async (input, context) => await savedQuerySave(parts, input, context),
    savedQueryRemove: async (input, context) => await savedQueryRemove(parts, input, context),
    savedQueryRestore: async (input, context) => await savedQueryRestore(input, context),
    savedQueryDefault: async ({ list, id }, context) => {
      const db = context.tables<QueriesTables>();
      const owner = context.actor.login;
      if (id !== null) {
        const known = [...builtInQueries(list), ...(await savedQueriesFor(db, owner, list))];
        const saved = known.find((each) => each.id === id);
        if (saved === undefined) return refuse('no-such-query', { id });
        context.subject(saved.name);
      }
      await setDefault(db, { owner, list, id });
      await context.note('saved', owner);
      return done({});
    },
  };
}
