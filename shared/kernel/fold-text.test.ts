import { expect, test } from 'vitest';
import { FOLDED_TO_ONE, FOLDED_TO_SEVERAL, foldText } from './fold-text.ts';

test.each([
  ['', ''],
  ['Acme-DB 01', 'acme-db 01'],
  ['Jarzębina', 'jarzebina'],
  ['ŁÓDŹ', 'lodz'],
  ['Ångström', 'angstrom'],
  ['Ærø Straße GROẞ', 'aero strasse gross'],
  ['Đorđe Ðórr', 'dorde dorr'],
  ['Příliš žluťoučký kůň', 'prilis zlutoucky kun'],
  ['Őrült Ştefan Țară', 'orult stefan tara'],
  ['Việt Nam', 'viet nam'],
  ['ΑΘΉΝΑ Οδυσσεύς', 'αθηνα οδυσσευσ'],
  ['Ёлка Йод', 'елка иод'],
  // The accent as a character of its own.
  ['Jarze\u0328bina', 'jarzebina'],
  ['名前 🚀', '名前 🚀'],
])('%s is searched as %s', (text, folded) => expect(foldText(text)).toBe(folded));

test('what is folded stays as it is when it is folded again', () => {
  const all = [...FOLDED_TO_ONE.keys(), ...FOLDED_TO_SEVERAL.keys()].join('');
  expect(foldText(foldText(all))).toBe(foldText(all));
});
