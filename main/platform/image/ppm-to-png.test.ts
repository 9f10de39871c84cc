import { inflateSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { ppmToPng } from './ppm-to-png.ts';

const ppm = (head: string, ...pixels: number[]): Buffer =>
  Buffer.concat([Buffer.from(head), Buffer.from(pixels)]);

describe('a PPM as a PNG', () => {
  test.each([
    ['plain', 'P6\n2 1\n255\n'],
    ['with a comment', 'P6\n# by QEMU\n2 1\n255\n'],
  ])('keeps every pixel: %s', (_name, head) => {
    const png = ppmToPng(ppm(head, 1, 2, 3, 4, 5, 6));
    expect(png.subarray(0, 8).toString('hex')).toBe('89504e470d0a1a0a');
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([2, 1]);
    const data = png.indexOf('IDAT');
    const rows = inflateSync(png.subarray(data + 4, data + 4 + png.readUInt32BE(data - 4)));
    expect([...rows]).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });

  test.each([
    ['another format', ppm('P5\n1 1\n255\n', 0)],
    ['16 bits', ppm('P6\n1 1\n65535\n', 0, 0, 0, 0, 0, 0)],
    ['too few bytes', ppm('P6\n2 2\n255\n', 0, 0, 0)],
    ['nothing', Buffer.alloc(0)],
  ])('refuses %s', (_name, bytes) => {
    expect(() => ppmToPng(bytes)).toThrow(RangeError);
  });
});
