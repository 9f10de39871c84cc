/** An element of an XML text and where it stands in it. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** From `<` of its first tag to behind `>` of its last. */
  readonly start: number;
  readonly end: number;
  /** Behind the `>` of its first tag; equals `end` for `<a/>`. */
  readonly tagEnd: number;
  readonly children: readonly XmlElement[];
  /** Text that stands directly in it, without blanks around it. */
  readonly text: string;
}

interface Splice {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/**
 * An XML text that is changed in places and otherwise stays byte for byte what it was: comments, order, and elements of a
 * later libvirt than the one this program knows among them. Positions are those of the text it was made with, whatever
 * has been changed since.
 */
export class XmlEdit {
  readonly source: string;
  readonly root: XmlElement;
  readonly #splices: Splice[] = [];
  /** What goes into elements that were written without a last tag. */
  readonly #within = new Map<XmlElement, string>();

  constructor(source: string) {
    this.source = source;
    this.root = outlineXml(source);
  }

  /** As it was read, without changes. */
  textOf(element: XmlElement): string {
    return this.source.slice(element.start, element.end);
  }

  /** Takes an element out, and the line it stood on. */
  remove(element: XmlElement): void {
    const before = /\n?[ \t]*$/.exec(this.source.slice(0, element.start));
    this.#splices.push({ start: element.start - (before?.[0].length ?? 0), end: element.end, text: '' });
  }

  replace(element: XmlElement, text: string): void {
    this.#splices.push({ start: element.start, end: element.end, text });
  }

  /** Puts text in as the last children of an element. */
  append(parent: XmlElement, text: string): void {
    if (parent.tagEnd === parent.end) {
      this.#within.set(parent, (this.#within.get(parent) ?? '') + text);
      return;
    }
    const at = this.source.lastIndexOf('</', parent.end - 1);
    this.#splices.push({ start: at, end: at, text });
  }

  /** The one child of that name becomes this text, wherever it stood; without one it is appended. Empty text takes it out. */
  setChild(parent: XmlElement, name: string, text: string): void {
    const [first, ...more] = childrenOf(parent, name);
    for (const one of more) this.remove(one);
    if (first === undefined) {
      if (text !== '') this.append(parent, text);
    } else if (text === '') this.remove(first);
    else this.replace(first, text);
  }

  /** Replaces what stands between the tags of an element. */
  setText(element: XmlElement, text: string): void {
    const escaped = escapeXml(text);
    if (element.tagEnd === element.end) {
      this.append(element, escaped);
      return;
    }
    const end = this.source.lastIndexOf('</', element.end - 1);
    this.#splices.push({ start: element.tagEnd, end, text: escaped });
  }

  toString(): string {
    let text = '';
    let at = 0;
    const opened = [...this.#within].map(([{ name, end }, inner]) => {
      return { start: this.source.lastIndexOf('/', end - 1), end, text: `>${inner}</${name}>` };
    });
    for (const splice of [...this.#splices, ...opened].toSorted(
      (a, b) => a.start - b.start || a.end - b.end,
    )) {
      // Inside something that was taken out.
      if (splice.start < at) continue;
      text += this.source.slice(at, splice.start) + splice.text;
      at = splice.end;
    }
    return text + this.source.slice(at);
  }
}

const TOKEN =
  /<!--[\s\S]*?-->|<!\[CDATA\[([\s\S]*?)\]\]>|<\?[\s\S]*?\?>|<![^>]*>|<(\/?)([\w:.-]+)((?:\s+[\w:.-]+\s*=\s*(?:"[^"]*"|'[^']*'))*)\s*(\/?)>/g;
const ATTRIBUTE = /([\w:.-]+)\s*=\s*("[^"]*"|'[^']*')/g;

type Open = { -readonly [K in keyof XmlElement]: XmlElement[K] } & { children: XmlElement[] };

/** Throws on text that is not one well-formed element. */
export function outlineXml(source: string): XmlElement {
  const open: Open[] = [];
  let root: XmlElement | undefined;
  let textFrom = 0;
  for (const found of source.matchAll(TOKEN)) {
    const within = open.at(-1);
    if (within) within.text += unescapeXml(source.slice(textFrom, found.index)) + (found[1] ?? '');
    textFrom = found.index + found[0].length;
    const name = found[3];
    if (name === undefined) continue;
    if (found[2] === '/') {
      const ended = open.pop();
      if (ended?.name !== name) throw new Error(`XML: </${name}> at ${found.index} ends nothing.`);
      ended.end = textFrom;
      ended.text = ended.text.trim();
      continue;
    }
    const element: Open = {
      name,
      attributes: attributesOf(found[4] ?? ''),
      start: found.index,
      end: textFrom,
      tagEnd: textFrom,
      children: [],
      text: '',
    };
    if (within) within.children.push(element);
    else if (root === undefined) root = element;
    else throw new Error(`XML: a second root element <${name}>.`);
    if (found[5] !== '/') open.push(element);
  }
  const left = open.at(-1);
  if (root === undefined || left)
    throw new Error(`XML: ${left ? `<${left.name}> is not ended` : 'no element'}.`);
  return root;
}

function attributesOf(text: string): Record<string, string> {
  return Object.fromEntries(
    [...text.matchAll(ATTRIBUTE)].map((found) => [
      found[1] ?? '',
      unescapeXml((found[2] ?? '').slice(1, -1)),
    ]),
  );
}

export function childrenOf(parent: XmlElement | undefined, name: string): readonly XmlElement[] {
  return parent?.children.filter((one) => one.name === name) ?? [];
}

export function childOf(parent: XmlElement | undefined, name: string): XmlElement | undefined {
  return parent?.children.find((one) => one.name === name);
}

/** Attribute of a child; empty where there is none. */
export function attributeOf(parent: XmlElement | undefined, child: string, attribute: string): string {
  return childOf(parent, child)?.attributes[attribute] ?? '';
}

/** Text of an XML attribute or element. */
export function escapeXml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll("'", '&apos;')
    .replaceAll('"', '&quot;');
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', apos: "'", quot: '"' };

function unescapeXml(text: string): string {
  return text.replace(/&(#x[\da-f]+|#\d+|\w+);/gi, (whole, name: string) => {
    if (!name.startsWith('#')) return entities[name] ?? whole;
    const code = /^#x/i.test(name) ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1));
    return Number.isInteger(code) && code > 0 && code <= 0x10_ff_ff ? String.fromCodePoint(code) : whole;
  });
}
