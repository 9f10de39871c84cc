/**
 * Text as it is searched: small letters without accents, so that `jarzebina` finds `Jarzębina`. The stores know the same rule as
 * the SQL function `fold_text`, made from these tables: whatever they do not name stays as it is, on every side.
 */

/** One letter becomes several. */
export const FOLDED_TO_SEVERAL: ReadonlyMap<string, string> = new Map([
  ['ß', 'ss'],
  ['ẞ', 'ss'],
  ['æ', 'ae'],
  ['Æ', 'ae'],
  ['œ', 'oe'],
  ['Œ', 'oe'],
  ['ǣ', 'ae'],
  ['Ǣ', 'ae'],
  ['ǽ', 'ae'],
  ['Ǽ', 'ae'],
  ['þ', 'th'],
  ['Þ', 'th'],
]);

/** Letters whose stroke is no accent to Unicode. */
const STROKED = { ł: 'l', ø: 'o', đ: 'd', ð: 'd', ħ: 'h', ŧ: 't', ı: 'i', ƀ: 'b', ɨ: 'i', ς: 'σ' };
/** Latin, Greek and Cyrillic letters, first and last. */
const RANGES = [
  [0xc0, 0x24f],
  [0x370, 0x45f],
  [0x1e00, 0x1eff],
] as const;
/** Accents that stand as characters of their own behind their letter: left out. */
const ACCENTS = [0x300, 0x36f] as const;

/** One letter becomes one other, or nothing. */
export const FOLDED_TO_ONE: ReadonlyMap<string, string> = new Map(oneByOne());

const BEYOND_ASCII = /[^ -~\s]/;

export function foldText(text: string): string {
  if (!BEYOND_ASCII.test(text)) return text.toLowerCase();
  let folded = '';
  for (const letter of text)
    folded += FOLDED_TO_ONE.get(letter) ?? FOLDED_TO_SEVERAL.get(letter) ?? asciiSmall(letter);
  return folded;
}

function asciiSmall(letter: string): string {
  return letter >= 'A' && letter <= 'Z' ? letter.toLowerCase() : letter;
}

function* oneByOne(): Generator<readonly [string, string]> {
  for (const [from, to] of [...RANGES, ACCENTS]) {
    for (let code = from; code <= to; code += 1) {
      const letter = String.fromCodePoint(code);
      const folded = foldedLetter(letter);
      if (folded !== letter && folded.length < 2 && !FOLDED_TO_SEVERAL.has(letter)) yield [letter, folded];
    }
  }
}

function foldedLetter(letter: string): string {
  const small = letter
    .normalize('NFD')
    .replaceAll(/[\u0300-\u036F]/g, '')
    .toLowerCase();
  return (STROKED as Readonly<Record<string, string>>)[small] ?? small;
}
