import type { DatabaseSync } from 'node:sqlite';

/** Hashes are whole numbers from 0 below this. */
export const TEXT_HASHES = 2 ** 53;

/**
 * A number that stands for a text in an index: a third of an id's size. Two texts may have the same one, so whoever finds one compares the
 * texts. It is kept in stores: never change it. (cyrb53, public domain, https://github.com/bryc/code/blob/master/jshash/experimental/cyrb53.js)
 */
export function textHash(text: string): number {
  let high = 0xdeadbeef;
  let low = 0x41c6ce57;
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    high = Math.imul(high ^ unit, 2_654_435_761);
    low = Math.imul(low ^ unit, 1_597_334_677);
  }
  high = Math.imul(high ^ (high >>> 16), 2_246_822_507) ^ Math.imul(low ^ (low >>> 13), 3_266_489_909);
  low = Math.imul(low ^ (low >>> 16), 2_246_822_507) ^ Math.imul(high ^ (high >>> 13), 3_266_489_909);
  return 2 ** 32 * (low & 0x1fffff) + (high >>> 0);
}

/** Gives a SQLite connection the function `text_hash(text)`. */
export function addTextHash(database: DatabaseSync): void {
  database.function('text_hash', { deterministic: true }, (text) =>
    typeof text === 'string' ? textHash(text) : null,
  );
}
