import { inflateSync } from 'node:zlib';
import { encodePng } from '../practice/png-image.ts';

const COLOURS = 256;
/** So many are kept whatever they are near to. */
const KEPT = 64;
/** How far apart colours are chosen, in steps of a channel; coarsest first. */
const APART = [24, 16, 10, 6, 3, 0];

interface Pixels {
  readonly width: number;
  readonly height: number;
  /** 0xRRGGBB, row by row. */
  readonly colours: Uint32Array;
}

/** The same picture with 256 colours, the others as the nearest of them: a third of the bytes, and hardly a difference to the eye. */
export function palettePng(png: Buffer): Buffer {
  const { width, height, colours } = readPng(png);
  const counts = new Map<number, number>();
  for (const colour of colours) counts.set(colour, (counts.get(colour) ?? 0) + 1);
  const palette = paletteOf([...counts].toSorted((a, b) => b[1] - a[1]).map(([colour]) => colour));
  const places = new Map(palette.map((colour, place) => [colour, place]));
  for (const colour of counts.keys()) if (!places.has(colour)) places.set(colour, nearest(palette, colour));
  const pixels = Uint8Array.from(colours, (colour) => places.get(colour) ?? 0);
  return encodePng(pixels, { width, height, palette: palette.map(partsOf) });
}

/**
 * The grounds and inks there are most of as they are, then the most frequent of colours that differ well, then of those that differ less, until it is full: else the many greys of
 * written text would leave no place for the green of a tick.
 */
function paletteOf(byFrequency: readonly number[]): number[] {
  const palette = byFrequency.slice(0, KEPT);
  for (const apart of APART) {
    for (const colour of byFrequency) {
      if (palette.length === COLOURS) return palette;
      const place = nearest(palette, colour);
      if (place < 0 || distanceOf(palette[place] ?? 0, colour) > apart ** 2) palette.push(colour);
    }
  }
  return palette;
}

function distanceOf(one: number, other: number): number {
  return (
    ((one >> 16) - (other >> 16)) ** 2 +
    (((one >> 8) & 0xff) - ((other >> 8) & 0xff)) ** 2 +
    ((one & 0xff) - (other & 0xff)) ** 2
  );
}

function partsOf(colour: number): [red: number, green: number, blue: number] {
  return [colour >> 16, (colour >> 8) & 0xff, colour & 0xff];
}

/** Place of the nearest of them; -1 where there is none. */
function nearest(palette: readonly number[], colour: number): number {
  let best = -1;
  let least = Number.POSITIVE_INFINITY;
  for (const [place, known] of palette.entries()) {
    const distance = distanceOf(known, colour);
    if (distance < least) [best, least] = [place, distance];
  }
  return best;
}

/** What Chromium writes: 8 bits a channel, RGB or RGBA, not interlaced. Source: PNG specification, chapters 9 and 11. */
function readPng(png: Buffer): Pixels {
  const width = png.readUInt32BE(16);
  const height = png.readUInt32BE(20);
  const channels = png[25] === 6 ? 4 : 3;
  const data: Buffer[] = [];
  for (let at = 8; at < png.length;) {
    const length = png.readUInt32BE(at);
    if (png.toString('latin1', at + 4, at + 8) === 'IDAT') data.push(png.subarray(at + 8, at + 8 + length));
    at += length + 12;
  }
  const bytes = unfiltered(inflateSync(Buffer.concat(data)), { stride: width * channels, channels });
  const colours = Uint32Array.from({ length: width * height }, (_, at) => bytes.readUIntBE(at * channels, 3));
  return { width, height, colours };
}

/** Each row begins with the filter its bytes were written with. */
function unfiltered(rows: Buffer, { stride, channels }: { stride: number; channels: number }): Buffer {
  const height = rows.length / (stride + 1);
  const out = Buffer.alloc(stride * height);
  for (let y = 0; y < height; y += 1) {
    const filter = rows[y * (stride + 1)];
    for (let x = 0; x < stride; x += 1) {
      const at = y * stride + x;
      const left = x < channels ? 0 : (out[at - channels] ?? 0);
      const above = y === 0 ? 0 : (out[at - stride] ?? 0);
      const corner = x < channels || y === 0 ? 0 : (out[at - stride - channels] ?? 0);
      const guess =
        filter === 1
          ? left
          : filter === 2
            ? above
            : filter === 3
              ? (left + above) >> 1
              : filter === 4
                ? paeth(left, above, corner)
                : 0;
      out[at] = (rows[at + y + 1] ?? 0) + guess;
    }
  }
  return out;
}

function paeth(left: number, above: number, corner: number): number {
  const [toLeft, toAbove, toCorner] = [
    Math.abs(above - corner),
    Math.abs(left - corner),
    Math.abs(left + above - 2 * corner),
  ];
  if (toLeft <= toAbove && toLeft <= toCorner) return left;
  return toAbove <= toCorner ? above : corner;
}
