import { z } from 'zod';
import { command, query } from '../../contract/operation.ts';
import { nothing } from '../../contract/page.ts';

/** Lists that queries are saved for, by the last part of their address. */
export const queriedList = z.enum([
  'vms',
  'hosts',
  'tasks',
  'customers',
  'templates',
  'plans',
  'subscriptions',
  'invoices',
  'moves',
  'bulk',
  'alerts',
]);
export type QueriedList = z.infer<typeof queriedList>;

const savedFields = z.object({
  name: z.string().trim().min(1).max(60),
  query: z.string().trim().max(2000),
  /** `cpu`, `-cpu`: as the address of the list has it; empty: as the list sorts by itself. */
  sort: z.string().max(40),
  /** For everybody; else for who saved it. */
  shared: z.boolean(),
});
export type SavedFields = z.infer<typeof savedFields>;

export const savedQuery = savedFields.extend({
  id: z.string(),
  list: queriedList,
  /** Login of who saved it; empty for those that come with the console. */
  owner: z.string(),
  /** Whether the caller may change and remove it. */
  mine: z.boolean(),
});
export type SavedQuery = z.infer<typeof savedQuery>;

const saying = {
  'no-such-query': 'There is no saved query {id}.',
  'not-yours': '{name} was saved by {owner}: save one of your own.',
} as const;
const naming = {
  'name-taken': 'There is a query called {name} already: choose another name, or change that one.',
} as const;

/** Queries people come back to: their own, those they share, and those that come with the console (query-rules.ts). */
export const queriesContract = {
  savedQueryList: query({
    summary: 'Saved queries: your own, those that are shared, and those that come with the console',
    input: z.object({ list: queriedList.optional() }),
    permission: null,
    output: z.object({
      rows: z.array(savedQuery),
      /** Per list, the id of the query the caller wants it to open with. */
      defaults: z.partialRecord(queriedList, z.string()),
    }),
  }),
  savedQuerySave: command({
    summary: 'Save a query of a list under a name, or change one that is saved',
    input: savedFields.extend({
      list: queriedList,
      /** Absent: a new one. */
      id: z.string().optional(),
      /** As it was seen: what others changed since is kept or refused. */
      before: savedFields.optional(),
    }),
    permission: 'system.read',
    output: z.object({ id: z.string() }),
    refusals: {
      ...saying,
      ...naming,
      'changed-meanwhile':
        '{name} was changed by somebody else meanwhile ({fields}). Look at it again, then save.',
    },
    effect: 'store',
  }),
  savedQueryRemove: command({
    summary: 'Remove a saved query; it can be brought back for 30 days',
    input: z.object({ id: z.string() }),
    permission: 'system.read',
    output: nothing,
    refusals: saying,
    effect: 'store',
  }),
  savedQueryRestore: command({
    summary: 'Bring back a saved query that was removed',
    input: z.object({ id: z.string() }),
    permission: 'system.read',
    output: nothing,
    refusals: { ...saying, ...naming },
    effect: 'store',
  }),
  savedQueryDefault: command({
    summary: 'Say which saved query a list opens with for you; null: none',
    input: z.object({ list: queriedList, id: z.string().nullable() }),
    permission: 'system.read',
    output: nothing,
    refusals: saying,
    effect: 'store',
  }),
};
