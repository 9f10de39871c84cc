import { crc32, deflateSync } from 'node:zlib';

const SAMPLES = [1, 0, 3, 1, 2, 0, 4] as const;

export interface PngForTest {
  readonly width: number;
  readonly height: number;
  /** As the standard numbers them; default 6: red, green, blue and alpha. */
  readonly colourType?: 0 | 2 | 3 | 4 | 6;
  /** Default 8. */
  readonly depth?: number;
  /** Bytes of a row, already packed. */
  row(y: number): readonly number[];
  readonly interlace?: 0 | 1;
  readonly palette?: readonly number[];
  readonly transparency?: readonly number[];
  /** Of each row, applied as an encoder would; default none. */
  readonly filter?: 0 | 1 | 2 | 3 | 4;
}

/** A PNG as programs for pictures write them, of any kind. */
export function pngForTest(of: PngForTest): Buffer {
  const { colourType = 6, depth = 8, filter = 0 } = of;
  const back = Math.max(1, (SAMPLES[colourType] * depth) >> 3);
  const rows: number[][] = [];
  for (let y = 0; y < of.height; y += 1) rows.push([...of.row(y)]);
  const filtered = rows.flatMap((row, y) => [
    filter,
    ...row.map((value, x) => {
      const at = (line: number, place: number): number => rows[line]?.[place] ?? 0;
      const [left, up, upLeft] = [at(y, x - back), at(y - 1, x), at(y - 1, x - back)];
      return (value - predictedForTest(filter, [left, up, upLeft])) & 255;
    }),
  ]);
  const header = Buffer.alloc(13);
  header.writeUInt32BE(of.width, 0);
  header.writeUInt32BE(of.height, 4);
  header.set([depth, colourType, 0, 0, of.interlace ?? 0], 8);
  return Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'),
    pngChunk('IHDR', header),
    ...(of.palette ? [pngChunk('PLTE', Buffer.from(of.palette))] : []),
    ...(of.transparency ? [pngChunk('tRNS', Buffer.from(of.transparency))] : []),
    pngChunk('tEXt', Buffer.from('Author\0somebody')),
    pngChunk('IDAT', deflateSync(Buffer.from(filtered))),
    pngChunk('IEND', Buffer.alloc(0)),
  ]);
}

function predictedForTest(filter: number, [left, up, upLeft]: readonly [number, number, number]): number {
  const paeth = [left, up, upLeft].toSorted(
    (a, b) => Math.abs(left + up - upLeft - a) - Math.abs(left + up - upLeft - b),
  )[0];
  return [0, left, up, (left + up) >> 1, paeth ?? 0][filter] ?? 0;
}

export function pngChunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const framed = Buffer.alloc(body.length + 8);
  framed.writeUInt32BE(data.length, 0);
  body.copy(framed, 4);
  framed.writeUInt32BE(crc32(body), body.length + 4);
  return framed;
}

/** A disc of one colour on nothing: a logo, a stamp or a signature of another shape each, half see-through at the edge. */
export function discPng(
  width: number,
  height: number,
  [red, green, blue]: readonly [number, number, number],
): Buffer {
  return pngForTest({
    width,
    height,
    row: (y) =>
      Array.from({ length: width }, (_, x) => {
        const away = Math.hypot((x + 0.5) / width - 0.5, (y + 0.5) / height - 0.5) * 2;
        return [red, green, blue, away < 0.9 ? 255 : away < 1 ? 128 : 0];
      }).flat(),
  });
}
