/** How a field is compared, which says what operators and values it takes. */
export type QueryFieldKind = 'text' | 'word' | 'words' | 'number' | 'bytes' | 'instant' | 'age';

export interface QueryField {
  /** `state`, `host`, `cpu`. */
  name: string;
  hint: string;
  /** `text` where it is left out. */
  kind?: QueryFieldKind;
  /** What is written after the name, where it does not follow from the kind. */
  operator?: ':' | '>';
  /** Values worth proposing after `name:`; may ask the engine. */
  values?: readonly string[] | ((typed: string) => Promise<readonly string[]>);
}

export interface Suggestion {
  text: string;
  hint: string;
}

const COMPARED: readonly QueryFieldKind[] = ['number', 'bytes', 'instant', 'age'];
const OPERATORS = [
  { operator: '>', hint: 'more than' },
  { operator: '>=', hint: 'at least' },
  { operator: '<', hint: 'less than' },
  { operator: '<=', hint: 'at most' },
  { operator: ':', hint: 'exactly' },
  { operator: '!=', hint: 'anything but' },
];
/** What a value of a kind looks like; of times, later ones are more. */
const EXAMPLES: Partial<Record<QueryFieldKind, readonly string[]>> = {
  bytes: ['512MiB', '1GiB', '2GiB', '4GiB', '8GiB', '16GiB', '64GiB', '256GiB', '1TiB'],
  instant: ['-1h', '-1d', '-7d', '-30d', '-90d'],
  age: ['5m', '1h', '1d', '7d', '30d', '90d'],
};
const JOINING = [
  { text: 'AND', hint: 'both; words side by side mean the same' },
  { text: 'OR', hint: 'one of two' },
  { text: 'NOT', hint: 'turns what follows around, as a minus does' },
];
const VALUES_SHOWN = 12;

/** Fields that begin like the word, operators after a whole name that is compared, values after an operator. */
export async function suggest(fields: readonly QueryField[], word: string): Promise<Suggestion[]> {
  const found = /^([A-Za-z][\w.-]*)(>=|<=|!=|:|=|>|<)(.*)$/s.exec(word);
  if (!found) return [...names(fields, word), ...joining(word)];
  const [, name = '', operator = '', typed = ''] = found;
  const field = fields.find((each) => each.name === name.toLowerCase());
  return field ? await valuesOf(field, `${name}${operator}`, typed) : [];
}

function names(fields: readonly QueryField[], word: string): Suggestion[] {
  const typed = word.toLowerCase();
  return fields
    .filter((field) => field.name.startsWith(typed))
    .flatMap((field) => {
      const isCompared = COMPARED.includes(field.kind ?? 'text');
      if (isCompared && field.name === typed)
        return OPERATORS.map(({ operator, hint }) => ({ text: `${field.name}${operator}`, hint }));
      return [{ text: `${field.name}${field.operator ?? (isCompared ? '>' : ':')}`, hint: field.hint }];
    });
}

/** Only as they are written: in small letters they are words to look for. */
function joining(word: string): Suggestion[] {
  if (word === '') return [];
  return JOINING.filter(({ text }) => text.startsWith(word) && text !== word).map(({ text, hint }) => ({
    text: `${text} `,
    hint,
  }));
}

async function valuesOf(field: QueryField, before: string, typed: string): Promise<Suggestion[]> {
  const { kind = 'text' } = field;
  // Of words several may be asked for, with commas: the last is being typed.
  const comma = kind === 'word' || kind === 'words' ? typed.lastIndexOf(',') + 1 : 0;
  const chosen = typed.slice(0, comma);
  const part = typed.slice(comma).replace(/^"/, '').toLowerCase();
  const offered = typeof field.values === 'function' ? await field.values(part) : field.values;
  const had = new Set(chosen.split(','));
  return (offered ?? EXAMPLES[kind] ?? [])
    .filter((value) => value.toLowerCase().includes(part) && !had.has(value))
    .slice(0, VALUES_SHOWN)
    .map((value) => ({ text: `${before}${chosen}${written(value)} `, hint: '' }));
}

function written(value: string): string {
  return /[\s"()]/.test(value) ? `"${value.replaceAll(/["\\]/g, String.raw`\$&`)}"` : value;
}

/** The word the caret stands in, from its start: after a minus or parenthesis before it; a quoted value is part of its word. */
export function wordAt(text: string, caret: number): { start: number; word: string } {
  let start = 0;
  let quoted = false;
  for (let at = 0; at < caret; at += 1) {
    if (text[at] === '\\' && quoted) at += 1;
    else if (text[at] === '"') quoted = !quoted;
    else if (!quoted && /\s/.test(text[at] ?? '')) start = at + 1;
  }
  while (start < caret && /[-(]/.test(text[start] ?? '')) start += 1;
  return { start, word: text.slice(start, caret) };
}

/** Where a query was not understood: `at` and `end` in characters from 0, and what is wrong there. */
export interface QueryProblem {
  at: number;
  end: number;
  sentence: string;
}

/** Reads the place out of the engine's sentence ("At character 7: …"); null where it names none. */
export function problemIn(query: string, sentence: string): QueryProblem | null {
  const found = /At character (\d+): .*$/s.exec(sentence);
  if (!found) return null;
  const at = Math.min(Number(found[1]) - 1, query.length);
  const word = /^"(?:[^"\\]|\\.)*"?|^[^\s"]+("(?:[^"\\]|\\.)*"?)?/s.exec(query.slice(at))?.[0] ?? '';
  return { at, end: Math.max(at + word.length, at + 1), sentence: found[0] };
}
