import type { EnginePipe } from '../../../shared/contract/messages.ts';
import { OperatingFailure } from '../../platform/calls/operating-failure.ts';
import { StoreError } from '../../platform/store/store-error.ts';
import type { ConsoleEngine, ConsoleEngines } from '../console-engine.ts';
import { installationSettings } from '../settings/installations.ts';
import { SettingsError, type Settings } from '../settings/settings.ts';

/**
 * An engine for each installation that is asked for: opened with the first page that does, kept until the console ends. Each has a store, a schema, duties and errors of its
 * own; one that cannot be opened is told to who asked, and tried again with the next who does. A pipe is for one installation as long as it lives.
 */
export class InstallationEngines implements ConsoleEngines {
  readonly #settings: Settings;
  readonly #open: (settings: Settings) => Promise<ConsoleEngine>;
  readonly #engines = new Map<string, Promise<ConsoleEngine>>();
  readonly #said = new Map<string, string | undefined>();
  #isStopped = false;

  constructor(options: { settings: Settings; open: (settings: Settings) => Promise<ConsoleEngine> }) {
    this.#settings = options.settings;
    this.#open = options.open;
    // Whoever opens the console sees this one first. What is wrong with it, its page is told.
    this.#engineOf(options.settings).catch(() => undefined);
  }

  readonly onPipe = (pipe: EnginePipe, name = this.#settings.installation): void => {
    const settings = installationSettings(this.#settings, name);
    if (!settings) {
      turnAway(pipe, `There is no installation "${name}" in the settings of this console.`);
      return;
    }
    this.#engineOf(settings).then(
      (engine) => engine.onPipe(pipe),
      (error: unknown) => turnAway(pipe, sentenceOf(error)),
    );
  };

  readonly stop = async (): Promise<void> => {
    this.#isStopped = true;
    const stopping = [...this.#engines.values()].map(async (opening) => {
      const engine = await opening.catch(() => undefined);
      await engine?.stop();
    });
    await Promise.all(stopping);
  };

  async #engineOf(settings: Settings): Promise<ConsoleEngine> {
    const { installation: name } = settings;
    const known = this.#engines.get(name);
    if (known) return await known;
    if (this.#isStopped) throw new OperatingFailure({ code: 'ending', sentence: 'This console is ending.' });
    const opening = this.#open(settings);
    this.#engines.set(name, opening);
    opening.catch((error: unknown) => {
      this.#engines.delete(name);
      const words = isForPeople(error) || !(error instanceof Error) ? sentenceOf(error) : error.stack;
      // A page asks every few seconds; the terminal is told once.
      if (this.#said.get(name) !== words) process.stderr.write(`${name}: ${words}\n`);
      this.#said.set(name, words);
    });
    return await opening;
  }
}

function turnAway(pipe: EnginePipe, sentence: string): void {
  pipe.send({ t: 'unavailable', sentence });
  pipe.close();
}

function isForPeople(error: unknown): error is Error {
  return error instanceof StoreError || error instanceof OperatingFailure || error instanceof SettingsError;
}

function sentenceOf(error: unknown): string {
  return isForPeople(error)
    ? error.message
    : 'Its engine could not be started because of a fault in Innkeeper. What it said stands in the terminal, or in the log.';
}
