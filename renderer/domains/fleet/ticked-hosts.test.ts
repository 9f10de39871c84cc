import { expect, test } from 'vitest';
import type { HostRow } from '../../../shared/domains/fleet/host-contract.ts';
import { readTicked, whyTooMany, type HostPage } from './ticked-hosts.ts';

const all = ['hv1', 'hv2', 'hv3', 'hv4', 'hv5'];
/** What is connected is found by the query `state:connected`. */
const connected = ['hv1', 'hv3', 'hv4'];

/** Hosts in pages of two. */
async function read(query: string, cursor: string | undefined): Promise<HostPage> {
  const names = query === '' ? all : connected;
  const from = Number(cursor ?? 0);
  const rows = names.slice(from, from + 2).map((id) => ({ id }) as HostRow);
  return { rows, nextCursor: from + 2 < names.length ? String(from + 2) : null };
}

test.each([
  ['all that match', { all: true, keys: new Set<string>() }, connected],
  ['some of them', { all: false, keys: new Set(['hv1', 'hv4']) }, ['hv1', 'hv4']],
  ['one that the query finds no longer', { all: false, keys: new Set(['hv3', 'hv5']) }, ['hv3', 'hv5']],
  ['one that was removed', { all: false, keys: new Set(['hv2', 'hv9']) }, ['hv2']],
])('%s', async (_what, ticked, ids) => {
  const found = await readTicked(ticked, 'state:connected', read);
  expect(found.map(({ id }) => id)).toEqual(ids);
});

test.each([
  [500, null],
  [501, 'At most 500 hosts at once: tick fewer, or narrow the query.'],
])('%i ticked hosts', (count, why) => {
  expect(whyTooMany(count)).toBe(why);
});
