import type { Store } from '../../../platform/store/store.ts';

/** The store's clock, which all engines agree on, readable at once. */
export class StoreClock {
  readonly #store: Pick<Store, 'nowMs'>;
  #aheadMs = 0;

  constructor(store: Pick<Store, 'nowMs'>) {
    this.#store = store;
  }

  /** Asks the store again how far its clock is from ours. */
  async adjust(): Promise<void> {
    const askedAtMs = Date.now();
    const storeMs = await this.#store.nowMs();
    this.#aheadMs = Math.round(storeMs - (askedAtMs + Date.now()) / 2);
  }

  nowMs(): number {
    return Date.now() + this.#aheadMs;
  }
}
