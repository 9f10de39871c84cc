import { GIB } from '../../../shared/kernel/bytes.ts';

const MIB = 1024 ** 2;

/** What a person wrote as GiB, in whole MiB; null for what is no size. */
export function bytesOfGib(value: number | string): number | null {
  if (typeof value !== 'number' || !Number.isFinite(value) || value <= 0) return null;
  return Math.round((value * GIB) / MIB) * MIB;
}

/** As it is written into a field: at most two decimals. */
export function gibOf(bytes: number): number {
  return Math.round((bytes / GIB) * 100) / 100;
}
