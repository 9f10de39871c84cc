import { expect, test } from 'vitest';
import type { SearchHit } from '../../../shared/domains/system/system-contract.ts';
import { searchEverything } from './search-everything.ts';

const hit = (kind: SearchHit['kind'], title: string): SearchHit => ({ kind, id: title, title, subtitle: '' });
const vms = async () => ['acct-1', 'acct-10', 'acct-11'].map((name) => hit('vm', name));
const customers = async () => ['acct-10 s.r.o.'].map((name) => hit('customer', name));

test.each([
  ['acct', 10, ['acct-1', 'acct-10 s.r.o.', 'acct-10', 'acct-11']],
  ['acct', 2, ['acct-1', 'acct-10 s.r.o.']],
  ['ACCT-10', 10, ['acct-10', 'acct-1', 'acct-10 s.r.o.', 'acct-11']],
  ['   ', 10, []],
])('"%s", %i at most: domains take turns, an exact name comes first', async (text, limit, titles) => {
  const hits = await searchEverything([vms, customers], { text, limit });
  expect(hits.map((found) => found.title)).toEqual(titles);
});
