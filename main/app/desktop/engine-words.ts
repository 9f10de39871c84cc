import type { KeychainAnswer, KeychainQuestion } from './keychain.ts';

/** What the engine's process says to the shell. */
export type EngineSays =
  | { readonly t: 'ready' }
  /** It cannot start. `final`: trying again by itself is no use (a setting, a store that cannot be opened). */
  | { readonly t: 'failed'; readonly sentence: string; readonly final: boolean }
  | { readonly t: 'keychain'; readonly question: KeychainQuestion };

/** What the shell says to it; ports of windows come with `port`, `to` names the installation (empty: the first). */
export type ShellSays =
  | { readonly t: 'port'; readonly to: string }
  | { readonly t: 'stop' }
  | { readonly t: 'keychain'; readonly answer: KeychainAnswer };
