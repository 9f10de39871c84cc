import { getDocument } from 'pdfjs-dist/legacy/build/pdf.mjs';

export interface ReadPdf {
  readonly pages: readonly string[];
  /** Roles of the structure tree of each page, in reading order: `Document`, `H1`, `P` … */
  readonly roles: readonly (readonly string[])[];
  readonly info: Readonly<Record<string, unknown>>;
  readonly language: string;
  /** Alternative texts of figures. */
  readonly alts: readonly string[];
}

interface Node {
  readonly role?: string;
  readonly alt?: string;
  readonly children?: readonly Node[];
}

/** What a PDF says to a program that did not write it (pdf.js): texts, structure, metadata. */
export async function readPdf(bytes: Uint8Array): Promise<ReadPdf> {
  const task = getDocument({ data: new Uint8Array(bytes), verbosity: 0 });
  const pdf = await task.promise;
  const pages: string[] = [];
  const roles: string[][] = [];
  const alts: string[] = [];
  for (let at = 1; at <= pdf.numPages; at++) {
    const page = await pdf.getPage(at);
    const content = await page.getTextContent();
    pages.push(
      content.items.map((item) => ('str' in item ? item.str + (item.hasEOL ? '\n' : '') : '')).join(''),
    );
    const found: string[] = [];
    visit((await page.getStructTree()) as Node | null, (node) => {
      if (node.role !== undefined && node.role !== 'Root') found.push(node.role);
      if (node.alt !== undefined) alts.push(node.alt);
    });
    roles.push(found);
  }
  const { info } = await pdf.getMetadata();
  const { Language: language } = info as { Language?: string };
  await task.destroy();
  return { pages, roles, info: info as Record<string, unknown>, language: language ?? '', alts };
}

function visit(node: Node | null, each: (node: Node) => void): void {
  if (node === null) return;
  each(node);
  for (const child of node.children ?? []) visit(child, each);
}
