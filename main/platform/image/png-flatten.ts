import { crc32, inflateSync } from 'node:zlib';
import { truecolourPng } from './png-write.ts';

/** Colour types of PNG (ISO/IEC 15948, 11.2.2) and how many samples a pixel has in each. */
const SAMPLES: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };
const DEPTHS: Readonly<Record<number, readonly number[]>> = {
  0: [1, 2, 4, 8, 16],
  2: [8, 16],
  3: [1, 2, 4, 8],
  4: [8, 16],
  6: [8, 16],
};
const SIGNATURE_BYTES = 8;

interface Header {
  readonly width: number;
  readonly height: number;
  readonly depth: number;
  readonly colourType: number;
}

interface Parts extends Header {
  readonly palette: Buffer;
  /** Contents of tRNS: alpha of the palette's colours, or the one colour that is see-through. */
  readonly transparency: Buffer;
  readonly compressed: Buffer;
}

/**
 * A PNG as paper shows it: red, green and blue with 8 bits each, what is see-through laid on white, without anything else that the file
 * said. Made by arithmetic on whole numbers, so the same file gives the same picture everywhere.
 * Throws RangeError for a file that is cut short, damaged, interlaced, or of a kind the standard does not have. Whoever calls it has looked
 * at the size first: all pixels are in memory at once.
 */
export function flattenPng(file: Uint8Array): {
  readonly png: Buffer;
  readonly width: number;
  readonly height: number;
} {
  const parts = partsOf(Buffer.from(file.buffer, file.byteOffset, file.byteLength));
  const { width, height } = parts;
  const lines = unfiltered(parts);
  const rows = filteredRows(rgbOf(parts, lines), width, height);
  return { png: truecolourPng({ width, height, rows }), width, height };
}

function partsOf(file: Buffer): Parts {
  let header: Header | undefined;
  let palette: Buffer = Buffer.alloc(0);
  let transparency: Buffer = Buffer.alloc(0);
  const data: Buffer[] = [];
  for (let at = SIGNATURE_BYTES; ;) {
    if (at + 12 > file.length) throw new RangeError('It is cut short.');
    const length = file.readUInt32BE(at);
    const end = at + 8 + length;
    if (end + 4 > file.length) throw new RangeError('It is cut short.');
    if (crc32(file.subarray(at + 4, end)) !== file.readUInt32BE(end)) {
      throw new RangeError('One of its checksums does not fit.');
    }
    const type = file.toString('latin1', at + 4, at + 8);
    const content = file.subarray(at + 8, end);
    if (type === 'IHDR') header = headerOf(content);
    else if (type === 'PLTE') palette = content;
    else if (type === 'tRNS') transparency = content;
    else if (type === 'IDAT') data.push(content);
    else if (type === 'IEND') break;
    at = end + 4;
  }
  if (header === undefined || data.length === 0) throw new RangeError('It has no picture in it.');
  return { ...header, palette, transparency, compressed: Buffer.concat(data) };
}

function headerOf(content: Buffer): Header {
  if (content.length !== 13) throw new RangeError('Its header is damaged.');
  const [depth = 0, colourType = 0, compression, filter, interlace] = content.subarray(8);
  if (compression !== 0 || filter !== 0 || DEPTHS[colourType]?.includes(depth) !== true) {
    throw new RangeError('Its header is damaged.');
  }
  if (interlace !== 0) throw new RangeError('It is interlaced.');
  const [width, height] = [content.readUInt32BE(0), content.readUInt32BE(4)];
  if (width === 0 || height === 0) throw new RangeError('It has no picture in it.');
  return { width, height, depth, colourType };
}

/** The samples as they were before the encoder filtered them (ISO/IEC 15948, 9.2), without the filter types. */
function unfiltered({ width, height, depth, colourType, compressed }: Parts): Buffer {
  const bitsPerPixel = (SAMPLES[colourType] ?? 1) * depth;
  const rowBytes = Math.ceil((width * bitsPerPixel) / 8);
  const back = Math.max(1, bitsPerPixel >> 3);
  const wanted = (rowBytes + 1) * height;
  let raw: Buffer;
  try {
    // No more than its header promises, whatever a crafted file would come to.
    raw = inflateSync(compressed, { maxOutputLength: wanted });
  } catch {
    throw new RangeError('Its pixels are damaged.');
  }
  if (raw.length !== wanted) throw new RangeError('It is cut short.');
  const lines = Buffer.alloc(rowBytes * height);
  for (let y = 0; y < height; y += 1) {
    const from = y * (rowBytes + 1);
    const filter = raw[from] ?? 0;
    if (filter > 4) throw new RangeError('Its pixels are damaged.');
    const to = y * rowBytes;
    for (let x = 0; x < rowBytes; x += 1) {
      const left = x < back ? 0 : (lines[to + x - back] ?? 0);
      const up = y === 0 ? 0 : (lines[to + x - rowBytes] ?? 0);
      const upLeft = y === 0 || x < back ? 0 : (lines[to + x - rowBytes - back] ?? 0);
      lines[to + x] = (raw[from + 1 + x] ?? 0) + predicted(filter, left, up, upLeft);
    }
  }
  return lines;
}

// Four bytes per pixel of up to some million: no object is made for each.
function predicted(filter: number, left: number, up: number, upLeft: number): number {
  if (filter === 1) return left;
  if (filter === 2) return up;
  if (filter === 3) return (left + up) >> 1;
  if (filter !== 4) return 0;
  const [ofLeft, ofUp] = [Math.abs(up - upLeft), Math.abs(left - upLeft)];
  const ofUpLeft = Math.abs(left + up - 2 * upLeft);
  if (ofLeft <= ofUp && ofLeft <= ofUpLeft) return left;
  return ofUp <= ofUpLeft ? up : upLeft;
}

/** Three bytes per pixel, on white. */
function rgbOf(parts: Parts, lines: Buffer): Buffer {
  const { width, height, depth, colourType, palette, transparency } = parts;
  const samples = SAMPLES[colourType] ?? 1;
  const rowBytes = Math.ceil((width * samples * depth) / 8);
  const isPalette = colourType === 3;
  const hasAlpha = colourType === 4 || colourType === 6;
  const colours = samples >= 3 ? 3 : 1;
  const most = 2 ** depth - 1;
  // As it is written in the file: a colour is see-through when all of its bits are.
  const clear = isPalette || transparency.length < colours * 2 ? undefined : transparency;
  const rgb = Buffer.alloc(width * height * 3);
  const sampleAt = (y: number, at: number): number => {
    if (depth === 8) return lines[y * rowBytes + at] ?? 0;
    if (depth === 16) return lines.readUInt16BE(y * rowBytes + at * 2);
    const bit = at * depth;
    return ((lines[y * rowBytes + (bit >> 3)] ?? 0) >> (8 - depth - (bit & 7))) & most;
  };
  for (let y = 0, to = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1, to += 3) {
      const first = x * samples;
      const index = isPalette ? sampleAt(y, first) : 0;
      if (isPalette && index * 3 + 2 >= palette.length) throw new RangeError('Its pixels are damaged.');
      let alpha = 255;
      if (isPalette) alpha = transparency[index] ?? 255;
      else if (hasAlpha) alpha = Math.round((sampleAt(y, first + samples - 1) * 255) / most);
      else if (clear !== undefined)
        alpha = isClear(clear, colours, (at) => sampleAt(y, first + at)) ? 0 : 255;
      for (let channel = 0; channel < 3; channel += 1) {
        const value = isPalette
          ? (palette[index * 3 + channel] ?? 0)
          : Math.round((sampleAt(y, first + (colours === 3 ? channel : 0)) * 255) / most);
        rgb[to + channel] = alpha === 255 ? value : Math.round((value * alpha + 255 * (255 - alpha)) / 255);
      }
    }
  }
  return rgb;
}

function isClear(clear: Buffer, colours: number, sample: (at: number) => number): boolean {
  for (let at = 0; at < colours; at += 1) if (sample(at) !== clear.readUInt16BE(at * 2)) return false;
  return true;
}

/** For each row the filter that leaves the smallest differences, of none, left and up: what deflate does best with (12.8). */
function filteredRows(rgb: Buffer, width: number, height: number): Buffer {
  const rowBytes = width * 3;
  const rows = Buffer.alloc((rowBytes + 1) * height);
  const [plain, ofLeft, ofUp] = [Buffer.alloc(rowBytes), Buffer.alloc(rowBytes), Buffer.alloc(rowBytes)];
  for (let y = 0; y < height; y += 1) {
    const from = y * rowBytes;
    const sums = { plain: 0, ofLeft: 0, ofUp: 0 };
    for (let x = 0; x < rowBytes; x += 1) {
      const value = rgb[from + x] ?? 0;
      const left = (value - (x < 3 ? 0 : (rgb[from + x - 3] ?? 0))) & 255;
      const up = (value - (y === 0 ? 0 : (rgb[from + x - rowBytes] ?? 0))) & 255;
      plain[x] = value;
      ofLeft[x] = left;
      ofUp[x] = up;
      sums.plain += Math.min(value, 256 - value);
      sums.ofLeft += Math.min(left, 256 - left);
      sums.ofUp += Math.min(up, 256 - up);
    }
    const least = Math.min(sums.plain, sums.ofLeft, sums.ofUp);
    const best = least === sums.plain ? 0 : least === sums.ofLeft ? 1 : 2;
    rows[y * (rowBytes + 1)] = best;
    [plain, ofLeft, ofUp][best]?.copy(rows, y * (rowBytes + 1) + 1);
  }
  return rows;
}
