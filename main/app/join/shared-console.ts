import { setTimeout as sleep } from 'node:timers/promises';
import type { EnginePipe } from '../../../shared/contract/messages.ts';
import { OperatingFailure } from '../../platform/calls/operating-failure.ts';
import { StoreError } from '../../platform/store/store-error.ts';
import type { EngineOptions } from '../build-engine.ts';
import { forwardPipes } from './forward-pipes.ts';
import { joinEngine } from './join-engine.ts';
import { reachStore, type ReachedStore } from './reach-store.ts';

const TRY_AGAIN_MS = 2_000;

/**
 * A console on a store that another program may hold: works through that one's engine as long as it lives, and takes the store over when it ends,
 * so that duties and tasks go on. Pages are hung up on in between; they come back by themselves, and their feeds without a gap.
 */
export class SharedConsole {
  readonly #options: EngineOptions;
  readonly #say: (words: string) => void;
  readonly #stopping = new AbortController();
  #reached: ReachedStore;
  #takingOver: Promise<void> | undefined;

  private constructor(options: EngineOptions, say: (words: string) => void, reached: ReachedStore) {
    this.#options = options;
    this.#say = say;
    this.#reached = reached;
    this.#settle(reached);
  }

  /** @throws as reachStore */
  static async open(options: EngineOptions, say: (words: string) => void): Promise<SharedConsole> {
    return new SharedConsole(options, say, await reachStore(options));
  }

  readonly onPipe = (pipe: EnginePipe): void => {
    if (this.#reached.how === 'own') {
      this.#reached.engine.serve(pipe);
      return;
    }
    joinEngine(this.#reached.address).then(
      (engine) => forwardPipes(pipe, engine),
      // It has just ended: the page asks again and meets who has the store then.
      () => pipe.close(),
    );
  };

  readonly stop = async (): Promise<void> => {
    this.#stopping.abort();
    if (this.#reached.how === 'joined') this.#reached.pipe.close();
    await this.#takingOver;
    if (this.#reached.how === 'own') await this.#reached.engine.stop();
  };

  #settle(reached: ReachedStore): void {
    this.#reached = reached;
    if (reached.how === 'own') return;
    this.#say('Another Innkeeper has this store open; joining it.');
    // Stands by even when no page is open: its end is when ours begins.
    reached.pipe.onClose(() => {
      if (!this.#stopping.signal.aborted) this.#takingOver = this.#takeOver();
    });
  }

  async #takeOver(): Promise<void> {
    this.#say('The Innkeeper that had this store open has ended; going on without it.');
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        this.#settle(await reachStore(this.#options, signal));
        return;
      } catch (error) {
        if (signal.aborted) return;
        if (!(error instanceof StoreError || error instanceof OperatingFailure)) throw error;
        this.#say(`${error.message} Trying again.`);
        await sleep(TRY_AGAIN_MS, undefined, { signal }).catch(() => undefined);
      }
    }
  }
}
