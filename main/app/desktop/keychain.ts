import type { SafeStorage } from 'electron';

/** The part of `safeStorage` that is used. Its synchronous half is deprecated and gone in Electron 46. */
export type Keychain = Pick<
  SafeStorage,
  'isAsyncEncryptionAvailable' | 'encryptStringAsync' | 'decryptStringAsync'
>;

/**
 * Prefixes of what Chromium encrypts on Linux with a key from a keyring (GNOME Keyring, KWallet: v11) or from the desktop
 * portal (v12). "v10" is a password that stands in Chromium's source: plain text by another name
 * (components/os_crypt/async/browser/fallback_linux_key_provider.cc). What the ciphertext says counts, not what a backend is
 * called: a prefix that is not known here is refused too.
 */
const KEYRING_PREFIXES = ['v11', 'v12'];

/** Why the operating system's keychain cannot be used; undefined when it can. The system may ask the person to unlock it. */
export async function whyNoKeychain(
  keychain: Keychain,
  platform: NodeJS.Platform,
): Promise<string | undefined> {
  try {
    if (!(await keychain.isAsyncEncryptionAvailable()))
      return 'The operating system offers no keychain to this session; secrets are sealed with a key file instead.';
    const probe = await keychain.encryptStringAsync('probe');
    if (platform !== 'linux' || KEYRING_PREFIXES.includes(probe.toString('latin1', 0, 3))) return undefined;
  } catch (error) {
    return `The keychain cannot be used (${words(error)}); secrets are sealed with a key file instead.`;
  }
  return 'No keyring is running (GNOME Keyring or KWallet), only plain text is offered, and that is refused; secrets are sealed with a key file instead.';
}

/** What the engine's process may ask of the keychain. */
export interface KeychainQuestion {
  readonly id: number;
  readonly verb: 'seal' | 'open';
  /** The secret, or what `seal` answered (base64). */
  readonly text: string;
}

export interface KeychainAnswer {
  readonly id: number;
  readonly text?: string;
  /** Why not; holds no secret. */
  readonly failure?: string;
}

export async function answerKeychain(
  keychain: Keychain,
  { id, verb, text }: KeychainQuestion,
): Promise<KeychainAnswer> {
  try {
    if (verb === 'seal') return { id, text: (await keychain.encryptStringAsync(text)).toString('base64') };
    const { result } = await keychain.decryptStringAsync(Buffer.from(text, 'base64'));
    return { id, text: result };
  } catch (error) {
    return { id, failure: words(error) };
  }
}

function words(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
