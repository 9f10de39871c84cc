import type { CompanyImageKind } from '../../../../shared/domains/companies/company-image-rules.ts';
import type {
  Block,
  Choice,
  Columns,
  Group,
  Paragraph,
  Picture,
} from '../../../platform/pdf/pdf-document.ts';
import { columns, space, text } from '../invoices/invoice-layout-pen.ts';

/** A picture as it is printed; `width` and `height` in pixels. */
export interface SellerPicture {
  readonly png: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** Those that a document was issued with. */
export type DocumentPictures = { readonly [kind in CompanyImageKind]?: SellerPicture };

/** The most that a picture takes on paper, in points: as large as goes into it without another shape. */
interface Frame {
  readonly width: number;
  readonly height: number;
}

/** What the seller has at the head: as high as number and title beside it, so that a logo moves nothing down. */
interface Head {
  readonly logo: Frame;
  /** Of the name, and of one that is longer than this beside a logo. */
  readonly size: number;
  readonly sizeIfLong: number;
}

/** Beside the title of an invoice, and beside that of a paper, which has more words. */
const HEADS = {
  invoice: { logo: { width: 130, height: 36 }, size: 12, sizeIfLong: 9 },
  paper: { logo: { width: 90, height: 36 }, size: 10, sizeIfLong: 8.25 },
} as const satisfies Record<string, Head>;
const LONG_NAME_CHARACTERS = 30;

/** Who issues, and with which words that is said. */
export interface Issuer {
  readonly pictures: DocumentPictures;
  readonly name: string;
  /** Alternative text: `Logo of …`. */
  alt(kind: CompanyImageKind): string;
  issuedBy(): Paragraph;
}

/** The name of the seller at the head of the first page, with its logo before it. */
export function headOf(issuer: Issuer, of: keyof typeof HEADS): Block[] {
  const { logo: frame, size, sizeIfLong } = HEADS[of];
  const named = (points: number): Paragraph =>
    text([{ text: issuer.name, weight: 'semibold', size: points }]);
  const logo = fitted(issuer, 'logo', frame);
  if (logo === undefined) return [named(12)];
  return [
    columns(12, [
      { width: logo.width, align: 'middle', blocks: [logo] },
      {
        width: { share: 1 },
        align: 'middle',
        blocks: [named(issuer.name.length > LONG_NAME_CHARACTERS ? sizeIfLong : size)],
      },
    ]),
  ];
}

/** How high stamp and signature may be, from the size they have in ink on, and what is between the parts above them. */
const SIZES = [
  { height: 68, before: 14, gap: 20 },
  { height: 48, before: 10, gap: 20 },
  // Under a page that is nearly full: no small invoice gets a second one for them.
  { height: 32, before: 6, gap: 10 },
] as const;

/** What ends a document, with stamp and signature below it: as large as the page has room for. `parts` gives the end by the gap in it. */
export function ended(issuer: Issuer, parts: (gap: number) => readonly Block[]): Group | Choice {
  const { stamp, signature } = issuer.pictures;
  const [largest, ...smaller] = SIZES;
  if (stamp === undefined && signature === undefined) return { kind: 'group', blocks: parts(largest.gap) };
  const sized = ({ height, before, gap }: (typeof SIZES)[number]): Group => ({
    kind: 'group',
    blocks: [...parts(gap), space(before), signedRow(issuer, height)],
  });
  return { kind: 'choice', of: [sized(largest), ...smaller.map(sized)] };
}

function signedRow(issuer: Issuer, height: number): Columns {
  const pictures = signedWith(issuer, { width: 150, height });
  return columns(18, [
    {
      width: { share: 1 },
      align: 'middle',
      blocks: [issuer.issuedBy(), text([{ text: issuer.name, weight: 'semibold' }])],
    },
    ...pictures.map((picture) => ({ width: picture.width, align: 'middle' as const, blocks: [picture] })),
  ]);
}

/** Left free of what stands above. */
const ROOM_ABOVE = 10;

/** Stamp and signature in a space of this height, where a document has a line to sign on. */
export function signedAbove(issuer: Issuer, height: number): Block {
  const pictures = signedWith(issuer, { width: 110, height: height - ROOM_ABOVE });
  const highest = Math.max(0, ...pictures.map((picture) => picture.height));
  if (pictures.length === 0) return space(height);
  return {
    kind: 'group',
    blocks: [
      space(height - highest),
      columns(
        12,
        pictures.map((picture) => ({ width: picture.width, align: 'middle', blocks: [picture] })),
      ),
    ],
  };
}

function signedWith(issuer: Issuer, frame: Frame): Picture[] {
  return (['stamp', 'signature'] as const).flatMap((kind) => fitted(issuer, kind, frame) ?? []);
}

function fitted(issuer: Issuer, kind: CompanyImageKind, frame: Frame): Picture | undefined {
  const picture = issuer.pictures[kind];
  if (picture === undefined) return undefined;
  const scale = Math.min(frame.width / picture.width, frame.height / picture.height);
  return {
    kind: 'picture',
    png: picture.png,
    width: picture.width * scale,
    height: picture.height * scale,
    alt: issuer.alt(kind),
  };
}
