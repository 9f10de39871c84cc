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
  | 'cus'
  | 'product'
  | 'plan'
  | 'price'
  | 'sub'
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
  | 'doc'
  | 'xch'
  | 'rates'
  | 'chk'
  | 'op'
  | 'engine';

/** An identifier such as `vm_01k9z3…`: prefix, then 26 characters of Crockford base 32 (48 bits of time, 80 of chance). */
export type Id<P extends IdPrefix> = `${P}_${string}`;

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

/** A new identifier, unique without asking anybody; ids of one prefix sort by the millisecond they were made in. */
export function newId<P extends IdPrefix>(prefix: P, nowMs: number = Date.now()): Id<P> {
  let time = '';
  let rest = nowMs;
  for (let i = 0; i < 10; i++) {
    time = (ALPHABET[rest % 32] ?? '0') + time;
    rest = Math.floor(rest / 32);
  }
  const chance = globalThis.crypto.getRandomValues(new Uint8Array(16));
  let tail = '';
  for (const byte of chance) tail += ALPHABET[byte % 32] ?? '0';
  return `${prefix}_${time}${tail}`;
}

/** Whether `text` has the form of an id with this prefix. */
export function isId<P extends IdPrefix>(prefix: P, text: string): text is Id<P> {
  return new RegExp(`^${prefix}_[0-9a-hjkmnp-tv-z]{26}$`).test(text);
}
