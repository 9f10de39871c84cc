import type { Duplex } from 'node:stream';
import { SCREEN_HEIGHT, SCREEN_ROWS, SCREEN_WIDTH, screenPalette } from './text-screen.ts';
import type { Colour, TextScreen } from './text-screen.ts';

/** Bytes of the client's messages after their type byte, up to where a length stands (RFC 6143, section 7.5). */
const messageBytes: Readonly<Record<number, number>> = { 0: 20, 2: 4, 3: 10, 4: 8, 5: 6, 6: 8 };
const CELL_HEIGHT = SCREEN_HEIGHT / SCREEN_ROWS;

type PixelFormat = {
  readonly bytes: number;
  readonly bigEndian: boolean;
  readonly max: Colour;
  readonly shift: Colour;
};

const ourFormat: PixelFormat = { bytes: 4, bigEndian: false, max: [255, 255, 255], shift: [16, 8, 0] };

const keyTexts: Readonly<Record<number, string>> = {
  0xff_08: '\u007f',
  0xff_09: '\t',
  0xff_0d: '\r',
  0xff_8d: '\r',
  0xff_1b: '\u001b',
};
const CONTROL_KEYS = [0xff_e3, 0xff_e4];

export type RfbOptions = {
  readonly name: string;
  readonly screen: TextScreen;
  readonly typed: (text: string) => void;
  readonly closed: () => void;
};

/** One viewer of a screen, in RFB 3.8 (RFC 6143) without a password, raw encoding. */
export class RfbSession {
  readonly #socket: Duplex;
  readonly #options: RfbOptions;
  #received = Buffer.alloc(0);
  #state: 'version' | 'security' | 'init' | 'normal' = 'version';
  #format = ourFormat;
  #asked: 'nothing' | 'changes' | 'everything' = 'nothing';
  #controlDown = false;
  /** What changed while the viewer had not asked. */
  #missed: { firstRow: number; rows: number } | null = null;

  constructor(socket: Duplex, options: RfbOptions) {
    this.#socket = socket;
    this.#options = options;
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.on('error', () => socket.destroy());
    socket.on('close', () => options.closed());
    socket.on('end', () => socket.destroy());
    socket.write('RFB 003.008\n');
  }

  close(): void {
    this.#socket.destroy();
  }

  /** The screen changed: a viewer that waits for changes gets them. */
  changed(dirty: { firstRow: number; rows: number }): void {
    if (this.#asked === 'nothing') this.#missed = merge(this.#missed, dirty);
    else this.#update(dirty);
  }

  #receive(chunk: Buffer): void {
    this.#received = Buffer.concat([this.#received, chunk]);
    for (;;) {
      const used = this.#step(this.#received);
      if (used === 0) return;
      this.#received = this.#received.subarray(used);
    }
  }

  /** Takes one message off the front; 0 when it is not complete. */
  #step(bytes: Buffer): number {
    switch (this.#state) {
      case 'version':
        if (bytes.length < 12) return 0;
        this.#state = 'security';
        // One kind of security: none.
        this.#socket.write(Buffer.from([1, 1]));
        return 12;
      case 'security':
        if (bytes.length < 1) return 0;
        this.#state = 'init';
        this.#socket.write(Buffer.alloc(4));
        return 1;
      case 'init':
        if (bytes.length < 1) return 0;
        this.#state = 'normal';
        this.#socket.write(serverInit(this.#options.name));
        return 1;
      case 'normal':
        return this.#message(bytes);
    }
  }

  #message(bytes: Buffer): number {
    const type = bytes[0];
    if (type === undefined) return 0;
    const least = messageBytes[type];
    if (least === undefined) {
      this.close();
      return 0;
    }
    if (bytes.length < least) return 0;
    const total = type === 2 ? 4 + 4 * bytes.readUInt16BE(2) : type === 6 ? 8 + bytes.readUInt32BE(4) : least;
    if (bytes.length < total) return 0;
    if (type === 0) this.#format = readFormat(bytes.subarray(4));
    else if (type === 3) this.#request(bytes[1] === 1);
    else if (type === 4) this.#keyPressed(bytes[1] === 1, bytes.readUInt32BE(4));
    return total;
  }

  #request(incremental: boolean): void {
    if (!incremental) return this.#update({ firstRow: 0, rows: SCREEN_ROWS });
    this.#asked = 'changes';
    if (this.#missed !== null) this.#update(this.#missed);
  }

  #update({ firstRow, rows }: { firstRow: number; rows: number }): void {
    this.#asked = 'nothing';
    this.#missed = null;
    const head = Buffer.alloc(16);
    head.writeUInt16BE(1, 2);
    head.writeUInt16BE(firstRow * CELL_HEIGHT, 6);
    head.writeUInt16BE(SCREEN_WIDTH, 8);
    head.writeUInt16BE(rows * CELL_HEIGHT, 10);
    this.#socket.write(head);
    this.#socket.write(toFormat(this.#options.screen.pixels(firstRow, rows), this.#format));
  }

  #keyPressed(down: boolean, key: number): void {
    if (CONTROL_KEYS.includes(key)) this.#controlDown = down;
    if (!down) return;
    const text = key >= 0x20 && key <= 0x7e ? String.fromCharCode(key) : keyTexts[key];
    if (text === undefined) return;
    this.#options.typed(
      this.#controlDown ? String.fromCharCode(text.toUpperCase().charCodeAt(0) & 0x1f) : text,
    );
  }
}

function merge(
  a: { firstRow: number; rows: number } | null,
  b: { firstRow: number; rows: number },
): { firstRow: number; rows: number } {
  if (a === null) return b;
  const firstRow = Math.min(a.firstRow, b.firstRow);
  return { firstRow, rows: Math.max(a.firstRow + a.rows, b.firstRow + b.rows) - firstRow };
}

function serverInit(name: string): Buffer {
  const text = Buffer.from(name, 'utf8');
  const init = Buffer.alloc(24 + text.length);
  init.writeUInt16BE(SCREEN_WIDTH, 0);
  init.writeUInt16BE(SCREEN_HEIGHT, 2);
  // 32 bits a pixel, 24 of them colour, little-endian, true colour, 255 each, red at 16, green at 8, blue at 0.
  init.set([32, 24, 0, 1, 0, 255, 0, 255, 0, 255, 16, 8, 0], 4);
  init.writeUInt32BE(text.length, 20);
  text.copy(init, 24);
  return init;
}

function readFormat(bytes: Buffer): PixelFormat {
  return {
    bytes: Math.max(1, (bytes[0] ?? 32) >> 3),
    bigEndian: bytes[2] === 1,
    max: [bytes.readUInt16BE(4), bytes.readUInt16BE(6), bytes.readUInt16BE(8)],
    shift: [bytes[10] ?? 0, bytes[11] ?? 0, bytes[12] ?? 0],
  };
}

function toFormat(pixels: Uint8Array, format: PixelFormat): Buffer {
  const colours = screenPalette.map((colour) => pixelOf(colour, format));
  const image = Buffer.alloc(pixels.length * format.bytes);
  for (let index = 0; index < pixels.length; index += 1)
    colours[pixels[index] ?? 0]?.copy(image, index * format.bytes);
  return image;
}

function pixelOf(colour: Colour, format: PixelFormat): Buffer {
  let value = 0;
  for (const part of [0, 1, 2] as const)
    value += Math.round((colour[part] * format.max[part]) / 255) * 2 ** format.shift[part];
  const pixel = Buffer.alloc(format.bytes);
  for (let index = 0; index < format.bytes; index += 1)
    pixel[format.bigEndian ? format.bytes - 1 - index : index] = Math.floor(value / 256 ** index) & 0xff;
  return pixel;
}
