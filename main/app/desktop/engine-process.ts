import type { MessagePortMain } from 'electron';
import type { EnginePipe } from '../../../shared/contract/messages.ts';
import { OperatingFailure } from '../../platform/calls/operating-failure.ts';
import { keyFileSealer } from '../../platform/secrets/key-file-sealer.ts';
import type { Sealer } from '../../platform/secrets/sealer.ts';
import { StoreError } from '../../platform/store/store-error.ts';
import { consoleEngines } from '../console-engine.ts';
import { SettingsError, type Settings } from '../settings/settings.ts';
import { readDesktopOptions } from './desktop-options.ts';
import { desktopSealer } from './desktop-sealer.ts';
import type { EngineSays, ShellSays } from './engine-words.ts';
import type { KeychainAnswer, KeychainQuestion } from './keychain.ts';
import { portPipe } from './port-pipe.ts';

// Entry of the engine's own process on the desktop (a utilityProcess): one port per window, and the keychain by asking the shell.

/** How long the shell may take to end us after we said why we cannot start; then we end ourselves. */
const LAST_WORDS_MS = 5000;

const shell = process.parentPort;
const say = (message: EngineSays): void => shell.postMessage(message);
const questions = new Map<number, (answer: KeychainAnswer) => void>();
const early: { port: MessagePortMain; to: string }[] = [];
let serve: ((pipe: EnginePipe, installation?: string) => void) | undefined;
let stop: (() => Promise<void>) | undefined;
let questionsAsked = 0;

shell.on('message', ({ data, ports }: { data: ShellSays; ports: MessagePortMain[] }) => {
  if (data.t === 'keychain') {
    questions.get(data.answer.id)?.(data.answer);
    questions.delete(data.answer.id);
  } else if (data.t === 'stop') {
    void (stop?.() ?? Promise.resolve()).finally(() => process.exit(0));
  } else {
    for (const port of ports) {
      if (serve) serveAt(port, data.to);
      else early.push({ port, to: data.to });
    }
  }
});

try {
  const words = process.argv.slice(2);
  const options = readDesktopOptions(words);
  const engine = await consoleEngines({
    ...options,
    hostKind: 'desktop',
    ...(words.includes('--keychain') ? { sealerFor } : {}),
  });
  serve = engine.onPipe;
  stop = engine.stop;
  for (const { port, to } of early.splice(0)) serveAt(port, to);
  say({ t: 'ready' });
} catch (error) {
  const isForPeople =
    error instanceof SettingsError || error instanceof StoreError || error instanceof OperatingFailure;
  if (!isForPeople) process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  say({
    t: 'failed',
    sentence: error instanceof Error ? error.message : String(error),
    final: isForPeople,
  });
  // The shell answers with "stop": an exit at once could overtake the message.
  setTimeout(() => process.exit(1), LAST_WORDS_MS);
}

function serveAt(port: MessagePortMain, to: string): void {
  serve?.(portPipe(port), to === '' ? undefined : to);
}

/** A store that a team shares holds secrets which other machines must open too: only a key file can be given to them. */
function sealerFor(settings: Settings): Sealer | undefined {
  if (!settings.store.startsWith('sqlite:')) return undefined;
  return desktopSealer({ ask: askKeychain, keyFile: keyFileSealer(settings.keyFile) });
}

async function askKeychain(verb: KeychainQuestion['verb'], text: string): Promise<KeychainAnswer> {
  return await new Promise((resolve) => {
    const id = ++questionsAsked;
    questions.set(id, resolve);
    say({ t: 'keychain', question: { id, verb, text } });
  });
}
