import { z } from 'zod';
import { SealBroken, type Sealer } from '../../platform/secrets/sealer.ts';
import type { KeychainAnswer, KeychainQuestion } from './keychain.ts';

/** Sealed text: `keychain:` and what the operating system made of the secret and its purpose, base64. */
const MARK = 'keychain:';
const content = z.tuple([z.string(), z.string()]);

/**
 * Seals with the operating system's keychain, which only the shell may use and is asked for here. What a key file sealed before
 * (the console in the browser, the worker) is still opened with that file.
 */
export function desktopSealer(options: {
  ask: (verb: KeychainQuestion['verb'], text: string) => Promise<KeychainAnswer>;
  keyFile: Sealer;
}): Sealer {
  const ask = async (verb: KeychainQuestion['verb'], text: string): Promise<string> => {
    const answer = await options.ask(verb, text);
    if (answer.text !== undefined) return answer.text;
    throw new SealBroken(
      'key-unreadable',
      `The operating system’s keychain could not ${verb} a secret (${answer.failure ?? 'no reason given'}). Unlock it and try again.`,
    );
  };
  return {
    // The purpose is sealed in with the secret: a text moved to another place does not open there.
    seal: async (plain, purpose) => MARK + (await ask('seal', JSON.stringify([purpose, plain]))),
    open: async (sealed, purpose) => {
      if (!sealed.startsWith(MARK)) return await options.keyFile.open(sealed, purpose);
      return opened(await ask('open', sealed.slice(MARK.length)), purpose);
    },
    describe: () => 'the operating system’s keychain',
  };
}

function opened(text: string, purpose: string): string {
  let parsed;
  try {
    parsed = content.safeParse(JSON.parse(text));
  } catch {
    parsed = undefined;
  }
  if (!parsed?.success || parsed.data[0] !== purpose)
    throw new SealBroken(
      'damaged',
      'This sealed secret was changed, or belongs to another place. Enter the secret again.',
    );
  return parsed.data[1];
}
