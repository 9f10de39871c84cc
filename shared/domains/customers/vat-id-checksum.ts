/**
 * Check digits of VAT ids, for the countries whose rule is public. Each takes the characters after the country's prefix and
 * says whether they fit. Sources: the European Commission's "VIES VAT number structure and algorithms", and the national
 * registers named beside each rule. Forms without a published rule (old Czech birth numbers …) are let through.
 */
type Checksum = (rest: string) => boolean;

function weighted(digits: string, weights: readonly number[]): number {
  return weights.reduce((sum, weight, at) => sum + weight * Number(digits[at]), 0);
}

/** ISO/IEC 7064 MOD 11,10: Germany (BZSt) and Croatia (OIB). */
function iso7064(digits: string): boolean {
  let product = 10;
  for (const digit of digits.slice(0, -1)) {
    const sum = (Number(digit) + product) % 10 || 10;
    product = (2 * sum) % 11;
  }
  return (11 - product) % 10 === Number(digits.at(-1));
}

/** NIP, Polish act on the registration of taxpayers: weights mod 11; a remainder of 10 is never given out. */
const poland: Checksum = (rest) => weighted(rest, [6, 5, 7, 2, 3, 4, 5, 6, 7]) % 11 === Number(rest[9]);

/** DIČ: companies have their IČO (8 digits); people have birth numbers, of which the ten-digit ones divide by 11. */
const czechia: Checksum = (rest) => {
  if (rest.length === 9) return true;
  if (rest.length === 10) return Number(BigInt(rest) % 11n) === 0 || bornBefore1985(rest);
  return (11 - (weighted(rest, [8, 7, 6, 5, 4, 3, 2]) % 11)) % 10 === Number(rest[7]);
};

/** Until 1985 a remainder of 10 was written as 0. */
function bornBefore1985(rest: string): boolean {
  return rest[9] === '0' && Number(rest.slice(0, 9)) % 11 === 10;
}

/** IČ DPH: divisible by 11 (Slovak financial directorate). */
const slovakia: Checksum = (rest) => BigInt(rest) % 11n === 0n;

/** Adószám without its suffix (Hungarian act CL of 2017). */
const hungary: Checksum = (rest) => {
  return (10 - (weighted(rest, [9, 7, 3, 1, 9, 7, 3]) % 10)) % 10 === Number(rest[7]);
};

/** CUI: weights 7532 17532 aligned to the right (Romanian ministry of finance). */
const romania: Checksum = (rest) => {
  const body = rest.slice(0, -1).padStart(9, '0');
  return ((weighted(body, [7, 5, 3, 2, 1, 7, 5, 3, 2]) * 10) % 11) % 10 === Number(rest.at(-1));
};

/** UID: cross sums of alternating weights, plus 4 (Austrian ministry of finance, BMF-010219/0238). */
const austria: Checksum = (rest) => {
  const sum = Array.from(rest.slice(1, 8)).reduce((total, digit, at) => {
    const product = Number(digit) * (at % 2 === 0 ? 1 : 2);
    return total + Math.floor(product / 10) + (product % 10);
  }, 4);
  return (10 - (sum % 10)) % 10 === Number(rest[8]);
};

const estonia: Checksum = (rest) => {
  return (10 - (weighted(rest, [3, 7, 1, 3, 7, 1, 3, 7]) % 10)) % 10 === Number(rest[8]);
};

/** Companies begin with 4 to 9; people have dates of birth, or (since 2017) numbers from 32, without a rule we know. */
const latvia: Checksum = (rest) => {
  if (Number(rest[0]) <= 3) return true;
  const remainder = weighted(rest, [9, 1, 4, 8, 3, 10, 2, 5, 7, 6]) % 11;
  if (remainder === 4) return false;
  return (remainder > 4 ? 14 - remainder : 3 - remainder) === Number(rest[10]);
};

const lithuania: Checksum = (rest) => {
  const body = rest.slice(0, -1);
  const from = (first: number): number[] => Array.from(body, (_digit, at) => ((at + first - 1) % 9) + 1);
  const remainder = weighted(body, from(1)) % 11;
  return (remainder === 10 ? (weighted(body, from(3)) % 11) % 10 : remainder) === Number(rest.at(-1));
};

/** Nine digits: БУЛСТАТ. Ten digits: people and foreigners, three rules of which any may hold. */
const bulgaria: Checksum = (rest) => {
  if (rest.length === 10) return true;
  const remainder = weighted(rest, [1, 2, 3, 4, 5, 6, 7, 8]) % 11;
  const check = remainder === 10 ? (weighted(rest, [3, 4, 5, 6, 7, 8, 9, 10]) % 11) % 10 : remainder;
  return check === Number(rest[8]);
};

const slovenia: Checksum = (rest) => {
  const check = 11 - (weighted(rest, [8, 7, 6, 5, 4, 3, 2]) % 11);
  return check !== 11 && check % 10 === Number(rest[7]);
};

/** By ISO country. */
export const VAT_ID_CHECKSUMS: Readonly<Record<string, Checksum>> = {
  PL: poland,
  CZ: czechia,
  SK: slovakia,
  HU: hungary,
  RO: romania,
  DE: iso7064,
  AT: austria,
  EE: estonia,
  LV: latvia,
  LT: lithuania,
  BG: bulgaria,
  HR: iso7064,
  SI: slovenia,
};
