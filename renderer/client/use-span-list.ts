import { useEffect, useMemo, useState, useSyncExternalStore } from 'react';
import { spanPage } from '../../shared/kernel/span-pages.ts';
import type { PartPage } from '../../shared/kernel/span-pages.ts';
import type { RowSource } from '../ui/row-source.ts';
import { errorWords } from './error-words.ts';
import type { InputOf, ListName, RowOf } from './operation-types.ts';
import { SpanEngines } from './span-engines.ts';
import type { EngineHost } from './engine-host.ts';

const PAGE_ROWS = 100;
const BETWEEN = '~';

/** A row with the installation it is of; its id is unique among all of them. */
export type Spanned<Row> = Row & { readonly installation: string };

/** The installation and the id there of a spanned row's id. */
export function splitSpannedId(id: string): { installation: string; id: string } {
  const at = id.indexOf(BETWEEN);
  return { installation: id.slice(0, Math.max(0, at)), id: id.slice(at + 1) };
}

/** Connections to these installations while the view is on screen. */
export function useSpanEngines(host: EngineHost | undefined, names: readonly string[]): SpanEngines | null {
  const key = names.join();
  const engines = useMemo(
    () => (host && key !== '' ? new SpanEngines(host, key.split(',')) : null),
    [host, key],
  );
  useEffect(
    () => () => {
      engines?.close();
    },
    [engines],
  );
  return engines;
}

/** Lists that can be merged: they tell what each row was sorted by. */
type SpanListName = {
  [Name in ListName]: 'withKeys' extends keyof InputOf<Name> ? Name : never;
}[ListName];

export interface SpanList<Row> {
  source: RowSource<Spanned<Row>>;
  /** How many match in each installation that answered. */
  totals: ReadonlyMap<string, number>;
  /** Why each of the others did not. */
  away: ReadonlyMap<string, string>;
}

/** Rows of a list query in several installations at once, in one order; those that do not answer are left out and named. */
export function useSpanList<Name extends SpanListName>(
  op: Name,
  input: Omit<InputOf<Name>, 'cursor' | 'limit' | 'withKeys'>,
  options: { engines: SpanEngines; topics: readonly string[] },
): SpanList<RowOf<Name>> {
  const { engines } = options;
  const away = useSyncExternalStore(engines.onAway, engines.away);
  const [totals, setTotals] = useState<ReadonlyMap<string, number>>(new Map());
  // Who comes back makes another list: rows of it belong between those that are there.
  const present = engines.names.filter((name) => !away.has(name)).join();
  const inputKey = JSON.stringify(input);
  const topicKey = options.topics.join();
  const source = useMemo<RowSource<Spanned<RowOf<Name>>>>(() => {
    const asked = JSON.parse(inputKey) as { direction?: 'asc' | 'desc' };
    return {
      key: `${op} ${inputKey} ${present}`,
      loadPage: async (cursor, signal) => {
        const page = await spanPage<RowOf<Name>>({
          parts: engines.present(),
          cursor,
          direction: asked.direction ?? 'asc',
          idOf: (row) => (row as { id: string }).id,
          ask: async (name, after) =>
            await engines.ask(
              name,
              async ({ client }, until) => {
                const whole = {
                  ...asked,
                  limit: PAGE_ROWS,
                  withKeys: true,
                  ...(after ? { cursor: after } : {}),
                };
                const found = await client.query(op, whole as unknown as InputOf<Name>, until);
                return found as unknown as PartPage<RowOf<Name>>;
              },
              signal,
            ),
        });
        // What one answers (a query that is not clear) all do; only one that is silent is left out.
        for (const [name, reason] of page.away) if (!engines.away().has(name)) throw reason;
        setTotals(page.totals);
        return {
          rows: page.rows.map(({ part, row }) => ({
            ...(row as RowOf<Name> & object),
            installation: part,
            id: part + BETWEEN + (row as { id: string }).id,
          })),
          total: page.total,
          nextCursor: page.next,
        };
      },
      onChange: (listener) => {
        const stops = engines.names.flatMap((name) => {
          const engine = engines.engineOf(name);
          const listen = (): void => {
            listener(null);
          };
          return engine ? [engine.changes.watch({ topics: topicKey.split(',') }, listen)] : [];
        });
        return () => {
          for (const stop of stops) stop();
        };
      },
      describeError: errorWords,
    };
  }, [engines, op, inputKey, topicKey, present]);
  return { source, totals, away };
}
