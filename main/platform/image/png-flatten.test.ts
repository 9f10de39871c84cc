import { inflateSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { pngForTest, type PngForTest } from '../../testing/png-for-test.ts';
import { flattenPng } from './png-flatten.ts';

/** Pixels of a PNG as it is kept: a row of red, green, blue each. */
function pixelsOf(png: Buffer): number[][] {
  const [width, height] = [png.readUInt32BE(16), png.readUInt32BE(20)];
  expect([...png.subarray(24, 29)]).toEqual([8, 2, 0, 0, 0]);
  const data = png.indexOf('IDAT');
  const raw = inflateSync(png.subarray(data + 4, data + 4 + png.readUInt32BE(data - 4)));
  const rows: number[][] = [];
  for (let y = 0; y < height; y += 1) {
    const [filter, ...line] = raw.subarray(y * (width * 3 + 1), (y + 1) * (width * 3 + 1));
    const row: number[] = [];
    for (const [x, value] of line.entries()) {
      const predicted = filter === 1 ? (row[x - 3] ?? 0) : filter === 2 ? (rows[y - 1]?.[x] ?? 0) : 0;
      row.push((value + predicted) & 255);
    }
    rows.push(row);
  }
  return rows;
}

const two = (rows: readonly (readonly number[])[], more: Partial<PngForTest>): PngForTest => ({
  width: 2,
  height: rows.length,
  row: (y) => rows[y] ?? [],
  ...more,
});

describe('a PNG on paper', () => {
  test.each<[string, PngForTest, number[][]]>([
    ['with alpha', two([[200, 0, 0, 255, 0, 0, 0, 0]], {}), [[200, 0, 0, 255, 255, 255]]],
    ['half see-through', two([[0, 100, 200, 51, 10, 20, 30, 255]], {}), [[204, 224, 244, 10, 20, 30]]],
    ['without alpha', two([[1, 2, 3, 4, 5, 6]], { colourType: 2 }), [[1, 2, 3, 4, 5, 6]]],
    [
      'with a colour that is see-through',
      two([[1, 2, 3, 4, 5, 6]], { colourType: 2, transparency: [0, 1, 0, 2, 0, 3] }),
      [[255, 255, 255, 4, 5, 6]],
    ],
    ['grey', two([[0, 128]], { colourType: 0 }), [[0, 0, 0, 128, 128, 128]]],
    ['black and white', two([[0b01000000]], { colourType: 0, depth: 1 }), [[0, 0, 0, 255, 255, 255]]],
    ['grey with alpha', two([[0, 0, 7, 255]], { colourType: 4 }), [[255, 255, 255, 7, 7, 7]]],
    [
      'of a palette, some of it see-through',
      two([[0b00010000]], {
        colourType: 3,
        depth: 2,
        palette: [9, 8, 7, 6, 5, 4],
        transparency: [255, 0],
      }),
      [[9, 8, 7, 255, 255, 255]],
    ],
    [
      'of 16 bits',
      two([[255, 255, 0, 0, 128, 0, 0, 0, 0, 0, 255, 255]], { colourType: 2, depth: 16 }),
      [[255, 0, 128, 0, 0, 255]],
    ],
  ])('keeps what it shows: %s', (_what, of, rows) => {
    expect(pixelsOf(flattenPng(pngForTest(of)).png)).toEqual(rows);
  });

  test.each([1, 2, 3, 4] as const)('is read whatever filter its rows have: %i', (filter) => {
    const rows = [
      [10, 250, 3, 255, 7, 9, 200, 255],
      [90, 25, 31, 255, 17, 99, 2, 255],
    ];
    const flat = flattenPng(pngForTest(two(rows, { filter })));
    expect(pixelsOf(flat.png)).toEqual([
      [10, 250, 3, 7, 9, 200],
      [90, 25, 31, 17, 99, 2],
    ]);
    // What was laid flat once is the same again.
    expect(flattenPng(flat.png).png.equals(flat.png)).toBe(true);
  });

  const good = pngForTest(two([[1, 2, 3, 255, 4, 5, 6, 255]], {}));
  const spoilt = (at: number): Buffer => {
    const copy = Buffer.from(good);
    copy[at] = (copy[at] ?? 0) ^ 0xff;
    return copy;
  };
  test.each([
    ['that ends early', good.subarray(0, good.length - 20), 'It is cut short.'],
    ['without its end', good.subarray(0, good.length - 12), 'It is cut short.'],
    ['with a byte spoilt', spoilt(good.indexOf('IDAT') + 6), 'One of its checksums does not fit.'],
    ['with a header spoilt', spoilt(17), 'One of its checksums does not fit.'],
    ['interlaced', pngForTest(two([[1, 2, 3, 255, 4, 5, 6, 255]], { interlace: 1 })), 'It is interlaced.'],
    [
      'with fewer rows than it says',
      pngForTest({ width: 2, height: 2, row: (y) => (y === 0 ? [1, 2, 3] : []) }),
      'It is cut short.',
    ],
    [
      'with more than it says',
      pngForTest(two([[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]], {})),
      'Its pixels are damaged.',
    ],
    [
      'of a colour its palette has not',
      pngForTest(two([[0, 3]], { colourType: 3, palette: [1, 2, 3] })),
      'Its pixels are damaged.',
    ],
    [
      'of a depth there is not',
      pngForTest(two([[0, 3]], { colourType: 2, depth: 4 })),
      'Its header is damaged.',
    ],
  ])('is refused %s', (_what, file, detail) => {
    expect(() => flattenPng(file)).toThrow(new RangeError(detail));
  });
});
