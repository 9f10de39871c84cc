import type { Contract } from '../../../shared/contract/contract.ts';
import type { DomainHandlers } from '../../../shared/contract/handlers.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import type { Log } from '../../platform/log/log.ts';
import type { Store } from '../../platform/store/store.ts';

/** A handler map per domain of the contract: does not compile while a domain or an operation is missing. */
export type AllHandlers = { readonly [D in keyof Contract]: DomainHandlers<Contract[D], CallContext> };

export interface EngineParts {
  readonly engineId: string;
  readonly version: string;
  readonly store: Store;
  /** Identity that the store keeps, whoever opens it. */
  readonly storeId: string;
  readonly handlers: AllHandlers;
  readonly log: Log;
  /** Aborts when the engine stops. */
  readonly stopping: AbortSignal;
}
