import { LibvirtProtocolError } from './libvirt-errors.ts';
import type { Codec } from './xdr-codecs.ts';
import { limits } from './xdr-limits.ts';
import { padding, type XdrReader } from './xdr-reader.ts';
import type { XdrWriter } from './xdr-writer.ts';

/** `virTypedParameterType` of libvirt-common.h: the discriminant on the wire. */
const wireType = { int: 1, uint: 2, llong: 3, ullong: 4, double: 5, boolean: 6, string: 7 } as const;

const TWO_TO_32 = 4_294_967_296;

/** A parameter with the C type libvirt expects of it: the daemon refuses a wrong one. */
export type TypedValue =
  | { readonly type: 'int' | 'uint' | 'double'; readonly value: number }
  | { readonly type: 'llong' | 'ullong'; readonly value: number | bigint }
  | { readonly type: 'boolean'; readonly value: boolean }
  | { readonly type: 'string'; readonly value: string };

export type TypedParameter = { readonly field: string } & TypedValue;

export type TypedParameterValue = number | string | boolean;

/**
 * What the host tells: name to value. 64-bit integers are numbers (see `hyper` in xdr-codecs.ts). The record has no prototype,
 * so no name a host invents can collide with anything; of a name that comes twice the last one stays.
 */
export type TypedParameterRecord = { readonly [name: string]: TypedParameterValue };

export const typed = {
  int: (value: number): TypedValue => ({ type: 'int', value }),
  uint: (value: number): TypedValue => ({ type: 'uint', value }),
  llong: (value: number | bigint): TypedValue => ({ type: 'llong', value }),
  ullong: (value: number | bigint): TypedValue => ({ type: 'ullong', value }),
  double: (value: number): TypedValue => ({ type: 'double', value }),
  boolean: (value: boolean): TypedValue => ({ type: 'boolean', value }),
  string: (value: string): TypedValue => ({ type: 'string', value }),
} as const;

function unknownType(type: number, field: string): never {
  throw new LibvirtProtocolError(`parameter '${field.slice(0, 80)}' has the unknown type ${type}`);
}

export function decodeValue(reader: XdrReader, field: string): TypedParameterValue {
  const type = reader.int32();
  switch (type) {
    case wireType.int:
      return reader.int32();
    case wireType.uint:
      return reader.uint32();
    case wireType.llong:
      return reader.int64();
    case wireType.ullong:
      return reader.uint64();
    case wireType.double:
      return reader.double();
    case wireType.boolean:
      return reader.int32() !== 0;
    case wireType.string:
      return reader.string(limits.stringBytes);
    default:
      return unknownType(type, field);
  }
}

/** Where whole parameters end that begin at `at`; throws LibvirtProtocolError for those that are none. */
export function passOverParameters(view: DataView, from: number, count: number): number {
  let at = from;
  for (let index = 0; index < count; index += 1) {
    at = passOverText(view, at);
    const type = word(view, at, 'type of a parameter');
    at += 4;
    if (type === wireType.string) at = passOverText(view, at);
    else {
      const bytes = fixedBytes(type);
      if (bytes === undefined) throw new LibvirtProtocolError(`a parameter has the unknown type ${type}`);
      if (bytes > view.byteLength - at) cutShort('value of a parameter', bytes, view.byteLength - at);
      at += bytes;
    }
  }
  return at;
}

function passOverText(view: DataView, at: number): number {
  const bytes = word(view, at, 'length of a string') >>> 0;
  if (bytes > limits.stringBytes)
    throw new LibvirtProtocolError(
      `length of a string says ${bytes}, the protocol allows ${limits.stringBytes}`,
    );
  const padded = bytes + padding(bytes);
  const left = view.byteLength - at - 4;
  if (padded > left) cutShort('string', padded, left);
  return at + 4 + padded;
}

function word(view: DataView, at: number, what: string): number {
  if (view.byteLength - at < 4) cutShort(what, 4, view.byteLength - at);
  return view.getInt32(at);
}

function cutShort(what: string, bytes: number, left: number): never {
  throw new LibvirtProtocolError(`packet cut short: ${what} needs ${bytes} bytes, ${left} are left`);
}

function fixedBytes(type: number): number | undefined {
  switch (type) {
    case wireType.int:
    case wireType.uint:
    case wireType.boolean:
      return 4;
    case wireType.llong:
    case wireType.ullong:
    case wireType.double:
      return 8;
    default:
      return undefined;
  }
}

/** How long the value at `at` is, of a parameter that was passed over. */
export function valueBytes(view: DataView, at: number, type: number): number {
  return fixedBytes(type) ?? passOverText(view, at) - at;
}

/** The value at `at`, of a parameter that was passed over. */
export function valueOf(view: DataView, at: number, type: number): TypedParameterValue {
  switch (type) {
    case wireType.int:
      return view.getInt32(at);
    case wireType.uint:
      return view.getUint32(at);
    case wireType.llong:
      return view.getInt32(at) * TWO_TO_32 + view.getUint32(at + 4);
    case wireType.ullong:
      return view.getUint32(at) * TWO_TO_32 + view.getUint32(at + 4);
    case wireType.double:
      return view.getFloat64(at);
    case wireType.boolean:
      return view.getInt32(at) !== 0;
    default:
      return Buffer.from(view.buffer, view.byteOffset + at + 4, view.getUint32(at)).toString('utf8');
  }
}

function decodeTyped(reader: XdrReader, field: string): TypedValue {
  const type = reader.int32();
  switch (type) {
    case wireType.int:
      return typed.int(reader.int32());
    case wireType.uint:
      return typed.uint(reader.uint32());
    case wireType.llong:
      return typed.llong(narrow(reader.int64Exact()));
    case wireType.ullong:
      return typed.ullong(narrow(reader.uint64Exact()));
    case wireType.double:
      return typed.double(reader.double());
    case wireType.boolean:
      return typed.boolean(reader.int32() !== 0);
    case wireType.string:
      return typed.string(reader.string(limits.stringBytes));
    default:
      return unknownType(type, field);
  }
}

function narrow(value: bigint): number | bigint {
  return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value;
}

function encodeParameter(writer: XdrWriter, field: string, parameter: TypedValue): void {
  writer.internedString(field, limits.stringBytes);
  writer.int32(wireType[parameter.type]);
  switch (parameter.type) {
    case 'int':
      return writer.int32(parameter.value);
    case 'uint':
      return writer.uint32(parameter.value);
    case 'llong':
      return writer.int64(parameter.value);
    case 'ullong':
      return writer.uint64(parameter.value);
    case 'double':
      return writer.double(parameter.value);
    case 'boolean':
      return writer.int32(parameter.value ? 1 : 0);
    case 'string':
      return writer.string(parameter.value, limits.stringBytes);
  }
}

/** Field length, type and the narrowest value. */
export const LEAST_BYTES = 12;

/** Parameters as a host reports them: a record. A peer that plays the host encodes them with their types. */
export function typedParameterRecord(
  max: number,
): Codec<TypedParameterRecord, { readonly [name: string]: TypedValue }> {
  return {
    wire: `typed_param<${max}>`,
    leastBytes: 4,
    decode: (reader) => {
      const count = reader.count(max, LEAST_BYTES, 'number of parameters');
      const record = Object.create(null) as Record<string, TypedParameterValue>;
      for (let index = 0; index < count; index += 1) {
        const field = reader.internedString(limits.stringBytes);
        record[field] = decodeValue(reader, field);
      }
      return record;
    },
    encode: (writer, value) => {
      const fields = Object.keys(value);
      writer.count(fields.length, max, 'parameters');
      for (const field of fields) encodeParameter(writer, field, value[field] as TypedValue);
    },
  };
}

/** Parameters as arguments: types, order and repeated names matter (`migrate_disks` comes once per disk), so a list both ways. */
export function typedParameterList(max: number): Codec<TypedParameter[], readonly TypedParameter[]> {
  return {
    wire: `typed_param<${max}>`,
    leastBytes: 4,
    decode: (reader) => {
      const count = reader.count(max, LEAST_BYTES, 'number of parameters');
      const parameters: TypedParameter[] = [];
      for (let index = 0; index < count; index += 1) {
        const field = reader.internedString(limits.stringBytes);
        parameters.push({ field, ...decodeTyped(reader, field) });
      }
      return parameters;
    },
    encode: (writer, value) => {
      writer.count(value.length, max, 'parameters');
      for (const parameter of value) encodeParameter(writer, parameter.field, parameter);
    },
  };
}
