import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** For tests: a packet written down byte by byte, `hex  # field: value` per line, as recorded from a real daemon or client. */
export function fixtureBytes(name: string): Buffer {
  const file = join(import.meta.dirname, '../../platform/libvirt/fixtures', `${name}.txt`);
  const hex = readFileSync(file, 'utf8')
    .split('\n')
    .map((line) => line.replace(/#.*/, '').replaceAll(/\s/g, ''))
    .join('');
  if (!/^([0-9a-f]{2})*$/.test(hex)) throw new Error(`${file} has something that is not hex before a #`);
  return Buffer.from(hex, 'hex');
}
