/** A broken promise of our own code (a bug), never bad input and never an outside failure. */
export class InvariantViolation extends Error {
  override readonly name = 'InvariantViolation';
}

/** Throws {@link InvariantViolation} unless `condition` holds. For what only a bug can break. */
export function invariant(condition: unknown, message: string): asserts condition {
  if (!condition) throw new InvariantViolation(message);
}

/** Makes the compiler prove that a union was handled whole; throws if a value from outside got through. */
export function unreachable(value: never): never {
  throw new InvariantViolation(`unhandled case: ${JSON.stringify(value)}`);
}
