import type { HostRow } from '../../../shared/domains/fleet/host-contract.ts';

/** One command takes so many hosts. */
export const HOSTS_AT_ONCE = 500;

export interface HostPage {
  readonly rows: readonly HostRow[];
  readonly nextCursor: string | null;
}

/** A page of the hosts that a query finds, from a cursor on. */
export type ReadHosts = (query: string, cursor: string | undefined) => Promise<HostPage>;

/**
 * The ticked hosts as they are now. Those ticked one by one are known by their ids, wherever they are: a host that the query no longer
 * finds (it was just moved, it stopped answering) is still ticked. All that match are those the query finds.
 */
export async function readTicked(
  ticked: { readonly all: boolean; readonly keys: ReadonlySet<string> },
  query: string,
  read: ReadHosts,
): Promise<HostRow[]> {
  const found: HostRow[] = [];
  const wanted = ticked.all ? HOSTS_AT_ONCE : ticked.keys.size;
  let cursor: string | undefined;
  do {
    const page = await read(ticked.all ? query : '', cursor);
    found.push(...page.rows.filter(({ id }) => ticked.all || ticked.keys.has(id)));
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined && found.length < wanted);
  return found;
}

/** Why nothing can be done to so many; null where it can. */
export function whyTooMany(count: number): string | null {
  return count > HOSTS_AT_ONCE
    ? `At most ${HOSTS_AT_ONCE} hosts at once: tick fewer, or narrow the query.`
    : null;
}
