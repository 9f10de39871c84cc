/** Prefixes of our identifiers: what an id names can be read off it. */
export type IdPrefix =
  | 'host'
  | 'move'
  | 'rolling'
  | 'cluster'
  | 'import'
  | 'vm'
  | 'tpl'
  | 'task'
  | 'bulk'
  | 'run'
  | 'rep'
  | 'cus'
  | 'product'
  | 'plan'
  | 'price'
  | 'sub'
  | 'pme'
  | 'inv'
  | 'chg'
  | 'entry'
  | 'com'
  | 'person'
  | 'rule'
  | 'alert'
  | 'silence'
  | 'channel'
  | 'notice'
  | 'delivery'
  | 'qry'
  | 'wro'
  | 'pay'
  | 'rfd'
  | 'doc'
  | 'xch'
  | 'rates'
  | 'chk'
  | 'vatround'
  | 'op'
  | 'engine';

/** An identifier such as `vm_01k9z3…`: prefix, then 26 characters of Crockford base 32 (48 bits of time, 80 of chance). */
export type Id<P extends IdPrefix> = `${P}_${string}`;

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const CHANCE_BYTES = 16;

/** Asked for of many ids at once: a closing day makes 70,000, and each call costs more than its bytes. */
let chance = new Uint8Array(0);
let used = 0;

function chanceOfOne(): Uint8Array {
  if (used === chance.length) {
    chance = globalThis.crypto.getRandomValues(new Uint8Array(256 * CHANCE_BYTES));
    used = 0;
  }
  used += CHANCE_BYTES;
  return chance.subarray(used - CHANCE_BYTES, used);
}

/** A new identifier, unique without asking anybody; ids of one prefix sort by the millisecond they were made in. */
export function newId<P extends IdPrefix>(prefix: P, nowMs: number = Date.now()): Id<P> {
  let tail = '';
  for (const byte of chanceOfOne()) tail += ALPHABET[byte % 32] ?? '0';
  return `${firstId(prefix, nowMs)}${tail}`;
}

/** Where the ids of a prefix that were made in a millisecond or later begin, in their order. */
export function firstId<P extends IdPrefix>(prefix: P, ms: number): Id<P> {
  let time = '';
  let rest = ms;
  for (let i = 0; i < 10; i++) {
    time = (ALPHABET[rest % 32] ?? '0') + time;
    rest = Math.floor(rest / 32);
  }
  return `${prefix}_${time}`;
}

/** Whether `text` has the form of an id with this prefix. */
export function isId<P extends IdPrefix>(prefix: P, text: string): text is Id<P> {
  return new RegExp(`^${prefix}_[0-9a-hjkmnp-tv-z]{26}$`).test(text);
}
