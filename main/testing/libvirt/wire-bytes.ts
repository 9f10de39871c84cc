import fc from 'fast-check';

/** For tests: arbitrary well-formed bytes of a type written as in a codec's `wire`, so that every procedure can be tried. */

type Shape =
  | { readonly kind: 'plain'; readonly type: string }
  | { readonly kind: 'struct'; readonly fields: readonly Shape[] }
  | { readonly kind: 'optional' | 'list'; readonly inner: Shape };

const PLAIN =
  /^(unsigned (?:int|hyper|char|short)|int \(boolean\)|int|hyper|char\[\d+\]|char|string<\d+>|opaque<\d+>|opaque\[16\]|typed_param<\d+>|void)/;

export function parseWire(wire: string): Shape {
  let at = 0;
  const type = (): Shape => {
    let shape: Shape;
    if (wire[at] === '*') {
      at += 1;
      return { kind: 'optional', inner: type() };
    }
    if (wire[at] === '{') {
      const fields: Shape[] = [];
      at += 1;
      while (wire[at] !== '}') {
        fields.push(type());
        if (wire[at] === ';') at += 2;
      }
      at += 1;
      shape = { kind: 'struct', fields };
    } else {
      const found = PLAIN.exec(wire.slice(at))?.[0];
      if (found === undefined) throw new Error(`cannot read the type at ${at} of ${wire}`);
      at += found.length;
      shape = { kind: 'plain', type: found };
    }
    while (wire[at] === '<') {
      at = wire.indexOf('>', at) + 1;
      shape = { kind: 'list', inner: shape };
    }
    return shape;
  };
  return type();
}

const word = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value | 0);
  return bytes;
};

const long = (value: bigint): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(value);
  return bytes;
};

const counted = (content: Buffer): Buffer =>
  Buffer.concat([word(content.length), content, Buffer.alloc((4 - (content.length & 3)) & 3)]);

const textBytes = fc
  .string({ unit: 'grapheme', maxLength: 20 })
  .map((value) => counted(Buffer.from(value, 'utf8')));
const safe = (min: bigint) => fc.bigInt({ min, max: BigInt(Number.MAX_SAFE_INTEGER) }).map(long);
const int = fc.integer().map(word);

const parameterValue = fc.oneof(
  int.map((value) => Buffer.concat([word(1), value])),
  int.map((value) => Buffer.concat([word(2), value])),
  safe(BigInt(Number.MIN_SAFE_INTEGER)).map((value) => Buffer.concat([word(3), value])),
  safe(0n).map((value) => Buffer.concat([word(4), value])),
  fc.boolean().map((value) => Buffer.concat([word(6), word(value ? 1 : 0)])),
  textBytes.map((value) => Buffer.concat([word(7), value])),
);

function plainBytes(type: string): fc.Arbitrary<Buffer> {
  if (type === 'void') return fc.constant(Buffer.alloc(0));
  if (type.startsWith('string')) return textBytes;
  if (type === 'opaque[16]')
    return fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => Buffer.from(bytes));
  if (type.startsWith('opaque'))
    return fc.uint8Array({ maxLength: 30 }).map((bytes) => counted(Buffer.from(bytes)));
  if (type === 'int (boolean)') return fc.boolean().map((value) => word(value ? 1 : 0));
  if (type === 'unsigned hyper') return safe(0n);
  if (type === 'hyper') return safe(BigInt(Number.MIN_SAFE_INTEGER));
  if (type.startsWith('char['))
    return fc
      .stringMatching(/^[ -~]{0,31}$/)
      .map((value) =>
        Buffer.concat(Array.from({ length: 32 }, (_, index) => word(value.charCodeAt(index) || 0))),
      );
  if (type.startsWith('typed_param'))
    return itemsOf(fc.tuple(textBytes, parameterValue).map((parts) => Buffer.concat(parts)));
  return int;
}

function itemsOf(item: fc.Arbitrary<Buffer>): fc.Arbitrary<Buffer> {
  return fc.array(item, { maxLength: 4 }).map((items) => Buffer.concat([word(items.length), ...items]));
}

/** Bytes a peer could send for this type, strings and lists kept short. */
export function wireBytes(shape: Shape): fc.Arbitrary<Buffer> {
  switch (shape.kind) {
    case 'plain':
      return plainBytes(shape.type);
    case 'struct':
      return fc.tuple(...shape.fields.map(wireBytes)).map((parts) => Buffer.concat(parts));
    case 'optional':
      return fc.oneof(
        fc.constant(word(0)),
        wireBytes(shape.inner).map((bytes) => Buffer.concat([word(1), bytes])),
      );
    case 'list':
      return itemsOf(wireBytes(shape.inner));
  }
}
