import { AsyncLocalStorage } from 'node:async_hooks';

interface Scope {
  readonly hooks: TransactionHooks;
  open: boolean;
}

const currentScope = new AsyncLocalStorage<Scope>();

/** What the store wants to know about its transactions, and the one rule it holds callers to. One instance per store. */
export class TransactionHooks {
  readonly #onCommit = new Set<() => void>();
  #changed = false;

  /** Called by the change feed inside a transaction: somebody is to be woken if it commits. */
  noteChange(): void {
    this.#changed = true;
  }

  onCommittedChange(wake: () => void): () => void {
    this.#onCommit.add(wake);
    return () => this.#onCommit.delete(wake);
  }

  afterCommit(): void {
    if (!this.#changed) return;
    this.#changed = false;
    for (const wake of this.#onCommit) wake();
  }

  afterRollback(): void {
    this.#changed = false;
  }

  /** Runs the body of a transaction. */
  async inside<R>(body: () => Promise<R>): Promise<R> {
    const scope: Scope = { hooks: this, open: true };
    try {
      return await currentScope.run(scope, body);
    } finally {
      scope.open = false;
    }
  }

  /**
   * A query beside the transaction from inside it would wait for that transaction to end: for ever on SQLite, and on
   * PostgreSQL once all connections do the same. Better a bug report on the first run than a freeze in production.
   */
  beforeAcquire(): void {
    const scope = currentScope.getStore();
    if (scope?.open === true && scope.hooks === this) {
      throw new Error(
        'Inside a transaction every query must go through the transaction (trx), not through the store.',
      );
    }
  }
}
