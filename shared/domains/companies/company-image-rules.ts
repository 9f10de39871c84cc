/** Pictures that a company has on its documents. */
export const COMPANY_IMAGES = ['logo', 'stamp', 'signature'] as const;
export type CompanyImageKind = (typeof COMPANY_IMAGES)[number];

/** What each is called in a sentence. */
export const COMPANY_IMAGE_WORDS: Readonly<Record<CompanyImageKind, string>> = {
  logo: 'logo',
  stamp: 'stamp',
  signature: 'signature',
};

/** A file that is larger is not taken: it would stand in every document. */
export const IMAGE_BYTES_MAX = 1024 * 1024;
export const IMAGE_SIDE_MAX_PX = 4000;
/** 2,000 × 2,000: at 600 dots per inch more than three inches each way. */
export const IMAGE_PIXELS_MAX = 4_000_000;

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const IHDR = [0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52];
const HEADER_BYTES = 33;

export type ImageFault =
  | { readonly code: 'image-empty' }
  | { readonly code: 'image-too-large'; readonly bytes: number }
  | { readonly code: 'not-a-png' }
  | { readonly code: 'image-interlaced' }
  | { readonly code: 'image-too-many-pixels'; readonly width: number; readonly height: number };

/** What speaks against a file, by its size and its first bytes (PNG, ISO/IEC 15948, 5.2 and 11.2.2), whatever its name is. */
export function imageFault(file: Uint8Array): ImageFault | undefined {
  if (file.length === 0) return { code: 'image-empty' };
  if (file.length > IMAGE_BYTES_MAX) return { code: 'image-too-large', bytes: file.length };
  const head = [...SIGNATURE, ...IHDR];
  if (file.length < HEADER_BYTES || head.some((byte, at) => file[at] !== byte)) return { code: 'not-a-png' };
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const [width, height] = [view.getUint32(16), view.getUint32(20)];
  if (Math.max(width, height) > IMAGE_SIDE_MAX_PX || width * height > IMAGE_PIXELS_MAX)
    return { code: 'image-too-many-pixels', width, height };
  return file[28] === 0 ? undefined : { code: 'image-interlaced' };
}

/** The same in a sentence; the contract's refusals say these. `{image}` is the word for what was chosen. */
export const IMAGE_FAULTS = {
  'image-empty': 'The file chosen as {image} is empty: choose one with a picture in it.',
  'image-too-large':
    'The {image} may have 1 MiB at most, and this file has {kib} KiB: save it with fewer pixels, then choose it again.',
  'not-a-png':
    'The file chosen as {image} is not a PNG, whatever its name says: save the picture as PNG, then choose it again.',
  'image-interlaced':
    'The PNG chosen as {image} is interlaced: save it without interlacing, then choose it again.',
  'image-too-many-pixels':
    'The {image} may have 4,000 pixels a side and 4 million in all, and this one has {width} × {height}: save it smaller, then choose it again.',
} as const satisfies Record<ImageFault['code'], string>;

/** What the sentence of a fault is filled with. */
export function imageFaultFacts(kind: CompanyImageKind, fault: ImageFault): Record<string, string> {
  const image = COMPANY_IMAGE_WORDS[kind];
  switch (fault.code) {
    case 'image-too-large':
      return { image, kib: String(Math.ceil(fault.bytes / 1024)) };
    case 'image-too-many-pixels':
      return { image, width: String(fault.width), height: String(fault.height) };
    case 'image-empty':
    case 'not-a-png':
    case 'image-interlaced':
      return { image };
  }
}

export function imageFaultWords(kind: CompanyImageKind, fault: ImageFault): string {
  const facts = imageFaultFacts(kind, fault);
  return IMAGE_FAULTS[fault.code].replace(/\{(\w+)\}/g, (place, name: string) => facts[name] ?? place);
}
