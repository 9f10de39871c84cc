import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseListQuery, termsOf, type ListQueryNode } from './list-query.ts';

/** A query written back in one canonical form: `-field:value@place`, `~word`, `(a | b)`, `(a & b)`. */
function shown(text: string): string {
  const query = parseListQuery(text);
  if (!query.ok) return `${query.at}: ${query.detail}`;
  return query.root === null ? '' : written(query.root);
}

function written(node: ListQueryNode): string {
  if (node.kind === 'term') return `${node.field ?? '~'}${node.op}${node.value}@${node.at}`;
  if (node.kind === 'not') return `-${written(node.node)}`;
  return `(${node.nodes.map(written).join(node.kind === 'or' ? ' | ' : ' & ')})`;
}

describe('the query of a list', () => {
  test.each([
    ['', ''],
    ['   ', ''],
    ['acme', '~:acme@0'],
    ['state:running host:hv1 acme', '(state:running@0 & host:hv1@14 & ~:acme@23)'],
    ['State:Running', 'state:Running@0'],
    [
      'vcpus>=4 vcpus<=8 mem>2 mem<9 os!=debian os=x',
      '(vcpus>=4@0 & vcpus<=8@9 & mem>2@18 & mem<9@24 & os!=debian@30 & os=x@41)',
    ],
    ['-host:hv1 -acme', '(-host:hv1@1 & -~:acme@11)'],
    ['NOT host:hv1 AND NOT acme', '(-host:hv1@4 & -~:acme@21)'],
    ['a AND AND b', '(~:a@0 & ~:b@10)'],
    ['notable android order', '(~:notable@0 & ~:android@8 & ~:order@16)'],
    ['"two words"', '~:two words@0'],
    ['name:"two words" -by:"x y"', '(name:two words@0 & -by:x y@18)'],
    [String.raw`"a \"b\" \\ c"`, String.raw`~:a "b" \ c@0`],
    ['name:""', 'name:@0'],
    ['url:http://x:80/a', 'url:http://x:80/a@0'],
    ['"52:54"', '~:52:54@0'],
    ['10.77.0.11', '~:10.77.0.11@0'],
    ['delta>-5', 'delta>-5@0'],
    ['a-b', '~:a-b@0'],
    ['a OR b', '(~:a@0 | ~:b@5)'],
    ['a b OR c d', '((~:a@0 & ~:b@2) | (~:c@7 & ~:d@9))'],
    ['a (b OR c) d', '(~:a@0 & (~:b@3 | ~:c@8) & ~:d@11)'],
    ['(a)', '~:a@1'],
    ['((a OR b))', '(~:a@2 | ~:b@7)'],
    ['NOT(a OR b)', '-(~:a@4 | ~:b@9)'],
    ['-(host:hv1 OR host:hv2)', '-(host:hv1@2 | host:hv2@14)'],
    ['x:1 OR(y:2 AND z:3)', '(x:1@0 | (y:2@7 & z:3@15))'],
    ['( name:"a)b" )', 'name:a)b@2'],
    // Without parentheses around it, one in a word is a letter like any other.
    ['php(8)', '~:php(8)@0'],
    ['ORDER ORacle', '(~:ORDER@0 & ~:ORacle@6)'],
    ['"OR"', '~:OR@0'],
  ])('%s', (text, expected) => expect(shown(text)).toBe(expected));

  test.each([
    ['state:', '6: a value is missing after state'],
    ['a state: b', '8: a value is missing after state'],
    ['a -', '3: the word to leave out is missing after the minus or NOT'],
    ['NOT', '3: the word to leave out is missing after the minus or NOT'],
    ['(a NOT)', '6: the word to leave out is missing after the minus or NOT'],
    ['"open', '0: the quote that begins here is not closed'],
    ['name:"open', '5: the quote that begins here is not closed'],
    ['OR a', '0: OR stands between two conditions'],
    ['a OR', '2: OR stands between two conditions'],
    ['a OR OR b', '5: OR stands between two conditions'],
    ['(a OR) b', '3: OR stands between two conditions'],
    ['a (b OR c', '2: the parenthesis that begins here is not closed'],
    ['a (', '2: the parenthesis that begins here is not closed'],
    ['a ()', '2: there is nothing between these parentheses'],
    ['(a) )', '4: this parenthesis closes none that is open: quote it, or leave it out'],
    [`${'('.repeat(21)}a`, '20: parentheses stand in more than 20 others here'],
    ['a '.repeat(201), '400: a query has at most 200 conditions'],
  ])('%s is refused with its place', (text, expected) => expect(shown(text)).toBe(expected));

  test('any text ends in conditions or in an error inside the text, and quoting any value brings it back whole', () => {
    const scraps = fc.array(
      fc.constantFrom('a', 'x:1', ' ', '(', ')', 'OR', 'AND', 'NOT', '-', '"', '\\', ':'),
    );
    const texts = fc.oneof(
      fc.string(),
      scraps.map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(texts, fc.string(), (text, value) => {
        const query = parseListQuery(text);
        if (!query.ok) expect(query.at).toBeLessThanOrEqual(text.length);
        const quoted = parseListQuery(`(f:"${value.replace(/["\\]/g, '\\$&')}")`);
        expect(quoted.ok && [...termsOf(quoted.root)].map((term) => term.value)).toEqual([value]);
      }),
    );
  });
});
