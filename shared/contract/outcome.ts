/** Values that fill the `{name}` places of a refusal's sentence. */
export type Facts = Readonly<Record<string, string | number | boolean | null>>;

export interface Refused<Code extends string = string> {
  readonly ok: false;
  readonly code: Code;
  readonly facts: Facts;
}

export interface Done<T> {
  readonly ok: true;
  readonly value: T;
}

/** What a handler returns: a value, or one of the refusals its operation declares. Failures of the outside world are thrown. */
export type Outcome<T, Code extends string = never> = Done<T> | Refused<Code>;

export function done<T>(value: T): Done<T> {
  return { ok: true, value };
}

export function refuse<Code extends string>(code: Code, facts: Facts = {}): Refused<Code> {
  return { ok: false, code, facts };
}

/** Fills `{name}` places of a refusal's sentence from its facts; a missing fact reads "?". */
export function sentenceOf(template: string, facts: Facts): string {
  return template.replace(/\{(\w+)\}/g, (_, name: string) => String(facts[name] ?? '?'));
}
