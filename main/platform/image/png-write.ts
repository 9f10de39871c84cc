import { crc32, deflateSync } from 'node:zlib';

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/** A PNG with 8 bits per channel of red, green and blue. `rows` are filtered: a filter type, then `width` times three bytes, for each row. */
export function truecolourPng(of: {
  readonly width: number;
  readonly height: number;
  readonly rows: Uint8Array;
}): Buffer {
  const size = Buffer.alloc(13);
  size.writeUInt32BE(of.width, 0);
  size.writeUInt32BE(of.height, 4);
  // 8 bits per sample, colour type 2 (truecolour).
  size.set([8, 2, 0, 0, 0], 8);
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', size),
    chunk('IDAT', deflateSync(of.rows)),
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
