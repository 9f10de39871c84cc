import type { WireError } from './wire-error.ts';

/** A {@link WireError} as it is thrown by the typed client. Apart from its schema, so that a page carries no validator. */
export class CallError extends Error {
  override readonly name = 'CallError';
  readonly wire: WireError;
  constructor(wire: WireError) {
    super(wire.sentence);
    this.wire = wire;
  }
}
