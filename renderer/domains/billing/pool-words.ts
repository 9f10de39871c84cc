import { formatQuantity } from '../catalog/price-words.ts';

const DECIMALS = 2;

/** An exact quantity of a pool, to two decimals where it has more: `12`, `3.33`. */
export function exactWords(text: string): string {
  const [numerator = '0', denominator] = text.split('/');
  const value = denominator === undefined ? numerator : String(Number(numerator) / Number(denominator));
  const [whole = '0', behind = ''] = value.split('.');
  if (behind.length <= DECIMALS) return formatQuantity(value);
  return formatQuantity(Number(`${whole}.${behind}`).toFixed(DECIMALS));
}
