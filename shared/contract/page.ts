import { z } from 'zod';

/** What every list takes: a query in words, a sort, and where the last page ended (keyset, never an offset). */
export function pageInput<const S extends readonly [string, ...string[]]>(sorts: S) {
  return z.object({
    /** Query language of the list (`state:running host:hv1 acme`); bare words match names. Empty: everything. */
    query: z.string().max(1000).default(''),
    sort: z.enum(sorts).default(sorts[0]),
    direction: z.enum(['asc', 'desc']).default('asc'),
    /** `nextCursor` of the page before. */
    cursor: z.string().max(1000).optional(),
    /** 0 counts and reads no row. */
    limit: z.number().int().min(0).max(500).default(100),
    /** Of what matches only these, so that rows that changed can be read alone; `total` then counts them. */
    ids: z.array(z.string().max(100)).min(1).max(500).optional(),
  });
}

/** One page of rows; `total` counts all that match the query. */
export function pageOf<R extends z.ZodType>(row: R) {
  return z.object({ rows: z.array(row), total: z.number().int(), nextCursor: z.string().nullable() });
}

export const nothing = z.object({});
/** Answer of a command that started durable work: watch it under this id. */
export const taskStarted = z.object({ taskId: z.string() });
/** An instant: ISO 8601 in UTC with milliseconds. */
export const instant = z.iso.datetime();
