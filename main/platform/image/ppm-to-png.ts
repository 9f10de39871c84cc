import { truecolourPng } from './png-write.ts';

/**
 * A binary PPM with 8 bits per channel (netpbm's P6, what QEMU before 7.1 makes of a screen) as a PNG, which browsers can show.
 * Throws RangeError on anything else, and on fewer bytes than its header promises.
 */
export function ppmToPng(ppm: Buffer): Buffer {
  const header = /^P6\s+(?:#[^\n]*\n\s*)*(\d{1,5})\s+(\d{1,5})\s+255\s/.exec(ppm.toString('latin1', 0, 256));
  if (header === null) throw new RangeError('This is not a binary PPM with 8 bits per channel.');
  const [start, width, height] = [header[0].length, Number(header[1]), Number(header[2])];
  const rowBytes = width * 3;
  if (width === 0 || height === 0 || ppm.length < start + rowBytes * height) {
    throw new RangeError(`The PPM of ${width} × ${height} is cut short.`);
  }
  const rows = Buffer.alloc((rowBytes + 1) * height);
  for (let y = 0; y < height; y += 1) {
    // Filter type 0 before every row (PNG, 9.2).
    ppm.copy(rows, y * (rowBytes + 1) + 1, start + y * rowBytes, start + (y + 1) * rowBytes);
  }
  return truecolourPng({ width, height, rows });
}
