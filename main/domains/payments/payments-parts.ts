import type { AnyDatabase } from '../../platform/store/any-database.ts';
import type { StoreKind } from '../../platform/store/store.ts';

/** What the payments domain is given from outside. */
export interface PaymentsParts {
  /** Epoch milliseconds by the clock of the store, asked on this connection. */
  nowMs(db: AnyDatabase): Promise<number>;
  readonly kind: StoreKind;
}
