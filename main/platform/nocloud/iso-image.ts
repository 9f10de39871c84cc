/** One file of the root folder. Names as cloud-init wants them (`user-data`): the Joliet tree keeps them as they are. */
export interface IsoFile {
  readonly name: string;
  readonly content: Uint8Array;
}

const SECTOR = 2048;
/** First sectors of the image: 16 empty ones, primary descriptor, Joliet descriptor, terminator. */
const FIRST_FREE = 19;
/** One fixed moment in every image: the same files give the same bytes. */
const MOMENT = { year: 2020, month: 1, day: 1 };

type Tree = 'primary' | 'joliet';

/**
 * A read-only ISO 9660 image with Joliet names (ECMA-119; Joliet specification of 1995): what cloud-init's NoCloud data
 * source and every guest's kernel can mount. One folder, small files; `volumeId` is the label the guest looks for.
 *
 * @throws RangeError when a name or the label is too long for the format
 */
export function isoImage(volumeId: string, files: readonly IsoFile[]): Uint8Array {
  if (!/^[A-Za-z0-9_]{1,16}$/.test(volumeId))
    throw new RangeError(`not a label of 1 to 16 letters: ${volumeId}`);
  const sorted = [...files].sort((a, b) => (a.name < b.name ? -1 : 1));
  const layout = layOut(sorted);
  const image = new Uint8Array(layout.sectors * SECTOR);
  const put = (sector: number, bytes: Uint8Array): void => image.set(bytes, sector * SECTOR);
  put(16, descriptor('primary', volumeId, layout));
  put(17, descriptor('joliet', volumeId, layout));
  put(18, terminator());
  for (const tree of ['primary', 'joliet'] as const) {
    put(layout.pathTable[tree].little, pathTable(layout.root[tree], true));
    put(layout.pathTable[tree].big, pathTable(layout.root[tree], false));
    put(layout.root[tree], folder(tree, sorted, layout));
  }
  for (const [index, file] of sorted.entries()) put(layout.files[index] ?? 0, file.content);
  return image;
}

interface Layout {
  readonly pathTable: Readonly<Record<Tree, { little: number; big: number }>>;
  readonly root: Readonly<Record<Tree, number>>;
  readonly files: readonly number[];
  readonly sectors: number;
}

function layOut(files: readonly IsoFile[]): Layout {
  let next = FIRST_FREE;
  const take = (sectors: number): number => {
    const at = next;
    next += sectors;
    return at;
  };
  const pathTables = {
    primary: { little: take(1), big: take(1) },
    joliet: { little: take(1), big: take(1) },
  };
  // One sector per folder holds about 30 names: a seed has four.
  const root = { primary: take(1), joliet: take(1) };
  const places = files.map((file) => take(Math.max(1, Math.ceil(file.content.length / SECTOR))));
  return { pathTable: pathTables, root, files: places, sectors: next };
}

/** Numbers that ECMA-119 wants in both byte orders. */
function both32(view: DataView, at: number, value: number): void {
  view.setUint32(at, value, true);
  view.setUint32(at + 4, value, false);
}

function both16(view: DataView, at: number, value: number): void {
  view.setUint16(at, value, true);
  view.setUint16(at + 2, value, false);
}

function writeText(bytes: Uint8Array, at: number, length: number, text: string, tree: Tree): void {
  const encoded = tree === 'joliet' ? utf16(text) : new TextEncoder().encode(text);
  const blank = tree === 'joliet' ? utf16(' '.repeat(length / 2)) : new Uint8Array(length).fill(0x20);
  bytes.set(blank.subarray(0, length), at);
  bytes.set(encoded.subarray(0, length), at);
}

function utf16(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length * 2);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < text.length; i++) view.setUint16(i * 2, text.charCodeAt(i), false);
  return bytes;
}

function descriptor(tree: Tree, volumeId: string, layout: Layout): Uint8Array {
  const bytes = new Uint8Array(SECTOR);
  const view = new DataView(bytes.buffer);
  bytes[0] = tree === 'primary' ? 1 : 2;
  bytes.set(new TextEncoder().encode('CD001'), 1);
  bytes[6] = 1;
  writeText(bytes, 8, 32, '', tree);
  writeText(bytes, 40, 32, volumeId, tree);
  both32(view, 80, layout.sectors);
  // "UCS-2 level 3": what Joliet readers look for.
  if (tree === 'joliet') bytes.set([0x25, 0x2f, 0x45], 88);
  both16(view, 120, 1);
  both16(view, 124, 1);
  both16(view, 128, SECTOR);
  both32(view, 132, 10);
  view.setUint32(140, layout.pathTable[tree].little, true);
  view.setUint32(148, layout.pathTable[tree].big, false);
  bytes.set(
    record({ name: new Uint8Array([0]), sector: layout.root[tree], bytes: SECTOR, isFolder: true }),
    156,
  );
  writeText(bytes, 190, 623, '', tree === 'joliet' ? 'primary' : tree);
  const moment = `${MOMENT.year}0101000000000`.slice(0, 16).padEnd(16, '0');
  for (const at of [813, 830, 847, 864]) bytes.set(new TextEncoder().encode(moment), at);
  bytes[881] = 1;
  return bytes;
}

function terminator(): Uint8Array {
  const bytes = new Uint8Array(SECTOR);
  bytes[0] = 255;
  bytes.set(new TextEncoder().encode('CD001'), 1);
  bytes[6] = 1;
  return bytes;
}

function pathTable(rootSector: number, little: boolean): Uint8Array {
  const bytes = new Uint8Array(10);
  const view = new DataView(bytes.buffer);
  bytes[0] = 1;
  view.setUint32(2, rootSector, little);
  view.setUint16(6, 1, little);
  return bytes;
}

function folder(tree: Tree, files: readonly IsoFile[], layout: Layout): Uint8Array {
  const own = layout.root[tree];
  const records = [
    record({ name: new Uint8Array([0]), sector: own, bytes: SECTOR, isFolder: true }),
    record({ name: new Uint8Array([1]), sector: own, bytes: SECTOR, isFolder: true }),
    ...files.map((file, index) =>
      record({
        name: recordName(tree, file.name),
        sector: layout.files[index] ?? 0,
        bytes: file.content.length,
        isFolder: false,
      }),
    ),
  ];
  const bytes = new Uint8Array(SECTOR);
  let at = 0;
  for (const each of records) {
    if (at + each.length > SECTOR) throw new RangeError('too many files for one folder of a seed');
    bytes.set(each, at);
    at += each.length;
  }
  return bytes;
}

function recordName(tree: Tree, name: string): Uint8Array {
  if (name.length > 64) throw new RangeError(`a name longer than 64 characters: ${name}`);
  // Readers without Joliet show the primary name in lower case, so "USER-DATA" serves there too.
  return tree === 'joliet' ? utf16(name) : new TextEncoder().encode(`${name.toUpperCase()};1`);
}

function record(of: { name: Uint8Array; sector: number; bytes: number; isFolder: boolean }): Uint8Array {
  const length = 33 + of.name.length + (of.name.length % 2 === 0 ? 1 : 0);
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  bytes[0] = length;
  both32(view, 2, of.sector);
  both32(view, 10, of.bytes);
  bytes.set([MOMENT.year - 1900, MOMENT.month, MOMENT.day, 0, 0, 0, 0], 18);
  bytes[25] = of.isFolder ? 2 : 0;
  both16(view, 28, 1);
  bytes[32] = of.name.length;
  bytes.set(of.name, 33);
  return bytes;
}
