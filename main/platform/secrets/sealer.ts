/** Keeps secrets unreadable at rest. The desktop seals with the operating system's keychain, a worker with a key file. */
export interface Sealer {
  /** `purpose` names the one place the secret belongs to ("host:<id>:ssh-key"); it must be the same when opening. */
  seal(plain: string, purpose: string): Promise<string>;
  /** Throws `SealBroken` when the text was sealed with another key, for another purpose, or was changed. */
  open(sealed: string, purpose: string): Promise<string>;
  /** For people: where the key lives. Holds no secret. */
  describe(): string;
}

export type SealFault = 'key-unreadable' | 'key-exposed' | 'other-key' | 'damaged';

/** An operating failure: the key is not there or the sealed text does not fit it. Never holds the secret. */
export class SealBroken extends Error {
  readonly fault: SealFault;

  constructor(fault: SealFault, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'SealBroken';
    this.fault = fault;
  }
}
