import { LeaseLost, StoreError } from '../../platform/store/store-error.ts';
import type { AlertsParts } from './alerts-parts.ts';

/** Does it; false where the store is away, which is said in the log. Whatever else goes wrong is thrown, a lost duty too. */
export async function unlessAway(
  parts: Pick<AlertsParts, 'log'>,
  words: string,
  work: () => Promise<void>,
): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    if (error instanceof LeaseLost || !(error instanceof StoreError)) throw error;
    parts.log.warn(words, { error });
    return false;
  }
}
