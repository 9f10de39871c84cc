import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { HostRefusal } from './host-refusal.ts';
import type { ErrorDomainName } from './host-refusal.ts';

/** One element of a document. */
export type XmlElement = {
  name: string;
  attributes: Record<string, string>;
  children: XmlElement[];
  /** Text of an element without child elements. */
  text: string;
};

const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: '',
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: true,
  ignoreDeclaration: true,
  ignorePiTags: true,
  htmlEntities: true,
});

type Raw = Record<string, unknown>;

/** Which part of libvirt reads which document, and complains about it. */
const documentParts = {
  domain_definition: 'VIR_FROM_DOMAIN',
  device_definition: 'VIR_FROM_DOMAIN',
  domain_snapshot: 'VIR_FROM_DOMAIN_SNAPSHOT',
  domain_checkpoint: 'VIR_FROM_DOMAIN_CHECKPOINT',
  metadata_xml: 'VIR_FROM_XML',
  network_definition: 'VIR_FROM_NETWORK',
  nwfilter_definition: 'VIR_FROM_NWFILTER',
  storage_pool_definition: 'VIR_FROM_STORAGE',
  storage_volume_definition: 'VIR_FROM_STORAGE',
} as const;
export type DocumentKind = keyof typeof documentParts;

/** Parses a document. Malformed XML is refused the way libvirt refuses it: VIR_ERR_XML_DETAIL of the part that read it. */
export function parseXml(source: string, what: DocumentKind = 'domain_definition'): XmlElement {
  const from = documentParts[what];
  const valid = XMLValidator.validate(source);
  if (valid !== true) throw malformed(what, from, valid.err.line, valid.err.msg);
  const roots = (parser.parse(source) as Raw[]).filter((raw) => !('#text' in raw) && !('#comment' in raw));
  const [root] = roots;
  if (root === undefined || roots.length > 1)
    throw malformed(what, from, 1, "Start tag expected, '<' not found");
  return elementOf(root);
}

/** Parses a document and refuses one with another root element. */
export function parseDocument(source: string, what: DocumentKind, root: string): XmlElement {
  const parsed = parseXml(source, what);
  if (parsed.name !== root)
    throw new HostRefusal(
      'VIR_ERR_XML_ERROR',
      'VIR_FROM_XML',
      `expecting root element of '${root}', not '${parsed.name}'`,
    );
  return parsed;
}

function malformed(what: string, from: ErrorDomainName, line: number, detail: string): HostRefusal {
  return new HostRefusal('VIR_ERR_XML_DETAIL', from, `(${what}):${line}: ${detail}`);
}

function elementOf(raw: Raw): XmlElement {
  const name = Object.keys(raw).find((key) => key !== ':@') ?? '';
  const inner = (raw[name] as Raw[] | undefined) ?? [];
  const children = inner.filter((child) => !('#text' in child));
  return {
    name,
    attributes: { ...(raw[':@'] as Record<string, string> | undefined) },
    children: children.map(elementOf),
    text: children.length > 0 ? '' : inner.map((child) => String(child['#text'])).join(''),
  };
}

export function element(
  name: string,
  attributes: Record<string, string | undefined> = {},
  content: XmlElement[] | string = [],
): XmlElement {
  const given = Object.entries(attributes).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  return {
    name,
    attributes: Object.fromEntries(given),
    children: typeof content === 'string' ? [] : content,
    text: typeof content === 'string' ? content : '',
  };
}

export function child(parent: XmlElement | undefined, name: string): XmlElement | undefined {
  return parent?.children.find((one) => one.name === name);
}

export function childrenOf(parent: XmlElement | undefined, name: string): XmlElement[] {
  return parent?.children.filter((one) => one.name === name) ?? [];
}

export function childText(parent: XmlElement | undefined, name: string): string | undefined {
  return child(parent, name)?.text;
}

export function attribute(parent: XmlElement | undefined, name: string, key: string): string | undefined {
  return child(parent, name)?.attributes[key];
}

/** Puts a child in place of the one of the same name, or after the children named in `after`. */
export function setChild(parent: XmlElement, made: XmlElement, after: readonly string[] = []): void {
  const at = parent.children.findIndex((one) => one.name === made.name);
  if (at >= 0) parent.children[at] = made;
  else {
    const last = parent.children.findLastIndex((one) => after.includes(one.name));
    parent.children.splice(after.length === 0 ? parent.children.length : last + 1, 0, made);
  }
}

export function removeChildren(parent: XmlElement, name: string): void {
  parent.children = parent.children.filter((one) => one.name !== name);
}

export function sortChildren(parent: XmlElement, order: readonly string[]): void {
  const rank = new Map(order.map((name, index) => [name, index]));
  const of = (one: XmlElement): number => rank.get(one.name) ?? order.length;
  parent.children.sort((a, b) => of(a) - of(b));
}

const entities: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

export function escapeXml(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => entities[sign] ?? sign);
}

/** Prints as libvirt does: two spaces, single quotes, one element a line. */
export function printXml(root: XmlElement): string {
  const lines: string[] = [];
  print(root, '', false, lines);
  return `${lines.join('\n')}\n`;
}

function print(one: XmlElement, indent: string, verbatim: boolean, lines: string[]): void {
  const quote = verbatim ? '"' : "'";
  const attributes = Object.entries(one.attributes)
    .map(([key, value]) => ` ${key}=${quote}${escapeXml(value)}${quote}`)
    .join('');
  const open = `${indent}<${one.name}${attributes}`;
  if (one.children.length > 0) {
    lines.push(`${open}>`);
    const inside = verbatim || one.name === 'metadata';
    for (const inner of one.children) print(inner, `${indent}  `, inside, lines);
    lines.push(`${indent}</${one.name}>`);
  } else if (one.text === '') lines.push(`${open}/>`);
  else lines.push(`${open}>${escapeXml(one.text)}</${one.name}>`);
}
