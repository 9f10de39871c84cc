export type ListQueryOperator = ':' | '=' | '>' | '<' | '>=' | '<=' | '!=';

/** One condition of a list's query. */
export interface ListQueryTerm {
  readonly kind: 'term';
  /** Lower case; `null` for a bare word, which every list matches against names. */
  readonly field: string | null;
  /** `:` for bare words. `=` asks for the exact value where `:` may mean "contains": the list decides. */
  readonly op: ListQueryOperator;
  readonly value: string;
  /** Where the term begins in the text, in characters from 0: for messages. */
  readonly at: number;
}

/** A query as a tree; its leaves are conditions. */
export type ListQueryNode =
  | ListQueryTerm
  | { readonly kind: 'not'; readonly node: ListQueryNode }
  /** Two nodes or more. */
  | { readonly kind: 'and' | 'or'; readonly nodes: readonly ListQueryNode[] };

export type ListQuery =
  /** `null` for an empty text, which everything matches. */
  | { readonly ok: true; readonly root: ListQueryNode | null }
  | { readonly ok: false; readonly at: number; readonly detail: string };

/** Databases bound how deep an expression may nest; nobody types more than this. */
const TERMS_MAX = 200;
const DEPTH_MAX = 20;

const BLANK = /\s+/y;
const AND = /AND(?=[\s()]|$)/y;
const OR = /OR(?=[\s()]|$)/y;
const NOT = /NOT(?=[\s()]|$)\s*|-/y;
const OPEN = /\(/y;
const CLOSE = /\)/y;
const FIELD = /([A-Za-z][\w.-]*)(>=|<=|!=|:|=|>|<)/y;
const QUOTED = /"((?:[^"\\]|\\.)*)"/sy;
const WORD = /[^\s"]+/y;
/** Inside parentheses a closing one ends the word; a word that has one itself is put in quotes. */
const WORD_INSIDE = /[^\s")]+/y;

/**
 * Reads the query of a list: `state:running vcpus>=4 (host:hv1 OR host:hv2) -"two words"`. Conditions that stand side by side
 * must all hold (a capital AND between them adds nothing); a capital OR joins alternatives and binds less than standing side by
 * side; `-` or a capital NOT turns a condition or a group around; parentheses group. Quotes keep blanks together, with \" and
 * \\ inside. Colons after the first one, and all inside quotes, belong to the value.
 */
export function parseListQuery(text: string): ListQuery {
  try {
    return { ok: true, root: new Reader(text).read() };
  } catch (error) {
    if (error instanceof NotUnderstood) return { ok: false, at: error.at, detail: error.detail };
    throw error;
  }
}

/** The conditions of a query, wherever they stand in it. */
export function* termsOf(node: ListQueryNode | null): Generator<ListQueryTerm, void, undefined> {
  if (node === null) return;
  if (node.kind === 'term') yield node;
  else for (const one of node.kind === 'not' ? [node.node] : node.nodes) yield* termsOf(one);
}

class NotUnderstood extends Error {
  readonly at: number;
  readonly detail: string;
  constructor(at: number, detail: string) {
    super(detail);
    this.at = at;
    this.detail = detail;
  }
}

class Reader {
  readonly #text: string;
  #at = 0;
  #terms = 0;
  /** Where the groups that are open began. */
  readonly #open: number[] = [];

  constructor(text: string) {
    this.#text = text;
  }

  read(): ListQueryNode | null {
    this.#skip();
    if (this.#isAtEnd) return null;
    const root = this.#alternatives();
    if (this.#take(CLOSE))
      throw new NotUnderstood(
        this.#at - 1,
        'this parenthesis closes none that is open: quote it, or leave it out',
      );
    return root;
  }

  #alternatives(): ListQueryNode {
    const nodes: ListQueryNode[] = [];
    for (;;) {
      const beginsAt = this.#at;
      if (this.#take(OR)) throw new NotUnderstood(beginsAt, 'OR stands between two conditions');
      nodes.push(this.#conditions());
      const orAt = this.#at;
      if (!this.#take(OR)) return joined('or', nodes);
      this.#skip();
      if (this.#isAtEnd || this.#sees(CLOSE))
        throw new NotUnderstood(orAt, 'OR stands between two conditions');
    }
  }

  #conditions(): ListQueryNode {
    const nodes: ListQueryNode[] = [];
    do {
      nodes.push(this.#condition());
      this.#skip();
    } while (!this.#isAtEnd && !this.#sees(OR) && !this.#sees(CLOSE));
    return joined('and', nodes);
  }

  #condition(): ListQueryNode {
    if (!this.#take(NOT)) return this.#sees(OPEN) ? this.#group() : this.#term();
    if (this.#isAtEnd || this.#sees(CLOSE))
      throw new NotUnderstood(this.#at, 'the word to leave out is missing after the minus or NOT');
    return { kind: 'not', node: this.#sees(OPEN) ? this.#group() : this.#term() };
  }

  #group(): ListQueryNode {
    const openedAt = this.#at;
    if (this.#open.length >= DEPTH_MAX)
      throw new NotUnderstood(openedAt, `parentheses stand in more than ${DEPTH_MAX} others here`);
    this.#take(OPEN);
    this.#open.push(openedAt);
    this.#skip();
    if (this.#isAtEnd) throw new NotUnderstood(openedAt, 'the parenthesis that begins here is not closed');
    if (this.#sees(CLOSE)) throw new NotUnderstood(openedAt, 'there is nothing between these parentheses');
    const node = this.#alternatives();
    if (!this.#take(CLOSE))
      throw new NotUnderstood(openedAt, 'the parenthesis that begins here is not closed');
    this.#open.pop();
    return node;
  }

  #term(): ListQueryTerm {
    const at = this.#at;
    const field = this.#take(FIELD);
    const word = this.#open.length > 0 ? WORD_INSIDE : WORD;
    const value = this.#take(QUOTED)?.[1]?.replace(/\\(.)/gs, '$1') ?? this.#take(word)?.[0];
    if (value === undefined) throw new NotUnderstood(this.#at, missing(this.#text[this.#at], field?.[1]));
    this.#terms += 1;
    if (this.#terms > TERMS_MAX) throw new NotUnderstood(at, `a query has at most ${TERMS_MAX} conditions`);
    return {
      kind: 'term',
      field: field?.[1]?.toLowerCase() ?? null,
      op: (field?.[2] as ListQueryOperator | undefined) ?? ':',
      value,
      at,
    };
  }

  get #isAtEnd(): boolean {
    return this.#at >= this.#text.length;
  }

  #sees(pattern: RegExp): boolean {
    pattern.lastIndex = this.#at;
    return pattern.test(this.#text);
  }

  #take(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text);
    if (found) this.#at = pattern.lastIndex;
    return found;
  }

  #skip(): void {
    do this.#take(BLANK);
    while (this.#take(AND));
  }
}

function joined(kind: 'and' | 'or', nodes: readonly ListQueryNode[]): ListQueryNode {
  const [only] = nodes;
  return nodes.length === 1 && only ? only : { kind, nodes };
}

function missing(next: string | undefined, field: string | undefined): string {
  if (next === '"') return 'the quote that begins here is not closed';
  if (field !== undefined) return `a value is missing after ${field}`;
  return 'a condition is missing here';
}
