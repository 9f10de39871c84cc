/** The other side's own code and words, kept as they came. */
export interface RemoteWords {
  readonly system: string;
  readonly code: string;
  readonly message: string;
}

/**
 * The outside world failed (a host, the store, the network): neither a refusal of ours nor a bug. Its message is a
 * sentence a person can act on and holds no secret; `remote` keeps the other side's own words.
 */
export class OperatingFailure extends Error {
  override readonly name: string = 'OperatingFailure';
  readonly code: string;
  readonly mayRetry: boolean;
  readonly remote: RemoteWords | undefined;
  constructor(options: {
    code: string;
    sentence: string;
    mayRetry?: boolean;
    remote?: RemoteWords;
    cause?: unknown;
  }) {
    super(options.sentence, { cause: options.cause });
    this.code = options.code;
    this.mayRetry = options.mayRetry ?? false;
    this.remote = options.remote;
  }
}
