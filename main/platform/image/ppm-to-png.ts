import { crc32, deflateSync } from 'node:zlib';

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

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
  const size = Buffer.alloc(13);
  size.writeUInt32BE(width, 0);
  size.writeUInt32BE(height, 4);
  // 8 bits per sample, colour type 2 (truecolour).
  size.set([8, 2, 0, 0, 0], 8);
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', size),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const framed = Buffer.alloc(body.length + 8);
  framed.writeUInt32BE(data.length, 0);
  body.copy(framed, 4);
  framed.writeUInt32BE(crc32(body), body.length + 4);
  return framed;
}
