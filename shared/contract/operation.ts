import type { z } from 'zod';
import type { Permission } from './permission.ts';

/**
 * How an operation is declared. The declarations are data and the only bridge between the console and the engine:
 * the typed client, the handler maps, the command line, permission checks and the audit log are all derived from them.
 */
export type Schema = z.ZodType;

/** Closed list of an operation's refusals: code → sentence a person can act on. `{name}` is filled from the refusal's facts. */
export type Refusals = Readonly<Record<string, string>>;

interface Declared<I extends Schema> {
  /** One line for the command line's list and the palette. */
  readonly summary: string;
  readonly input: I;
  /** What a person must be allowed to do to call it; `null` for what everybody may. */
  readonly permission: Permission | null;
}

export interface Query<
  I extends Schema = Schema,
  O extends Schema = Schema,
  R extends Refusals = Refusals,
> extends Declared<I> {
  readonly kind: 'query';
  readonly output: O;
  readonly refusals: R;
}

export interface Command<
  I extends Schema = Schema,
  O extends Schema = Schema,
  R extends Refusals = Refusals,
> extends Declared<I> {
  readonly kind: 'command';
  readonly output: O;
  readonly refusals: R;
  /** Whether the call is written to the audit log. Only what changes nothing (a probe) may say no. */
  readonly audited: boolean;
  /**
   * `store`: runs in one transaction with its audit row, all or nothing.
   * `outside`: changes something beyond the store (a host); audited when it begins and when it ends.
   */
  readonly effect: 'store' | 'outside';
  /** Input fields (dotted paths) that are secrets: never logged, never audited. */
  readonly secrets: readonly string[];
}

export interface Feed<
  I extends Schema = Schema,
  T extends Schema = Schema,
  U extends Schema = Schema,
> extends Declared<I> {
  readonly kind: 'feed';
  readonly item: T;
  /** What the subscriber may send while it listens (key strokes of a console); absent for feeds that only talk. */
  readonly upstream?: U;
  /** Whether items carry a cursor from which a dropped subscription goes on without a gap. */
  readonly resumable: boolean;
  readonly refusals: Refusals;
}

export type Operation = Query | Command | Feed;

export function query<
  I extends Schema,
  O extends Schema,
  const R extends Refusals = Record<never, never>,
>(declared: {
  summary: string;
  input: I;
  output: O;
  permission: Permission | null;
  refusals?: R;
}): Query<I, O, R> {
  return { ...declared, kind: 'query', refusals: declared.refusals ?? ({} as R) };
}

export function command<
  I extends Schema,
  O extends Schema,
  const R extends Refusals = Record<never, never>,
>(declared: {
  summary: string;
  input: I;
  output: O;
  permission: Permission | null;
  refusals?: R;
  effect: 'store' | 'outside';
  audited?: boolean;
  secrets?: readonly string[];
}): Command<I, O, R> {
  return {
    ...declared,
    kind: 'command',
    refusals: declared.refusals ?? ({} as R),
    audited: declared.audited ?? true,
    secrets: declared.secrets ?? [],
  };
}

export function feed<I extends Schema, T extends Schema, U extends Schema = z.ZodNever>(declared: {
  summary: string;
  input: I;
  item: T;
  upstream?: U;
  resumable?: boolean;
  permission: Permission | null;
  refusals?: Refusals;
}): Feed<I, T, U> {
  return {
    ...declared,
    kind: 'feed',
    resumable: declared.resumable ?? false,
    refusals: declared.refusals ?? {},
  };
}

/** The operations of one domain, by name: noun before verb (`vmStart`). */
export type DomainContract = Readonly<Record<string, Operation>>;

export type InputOf<Op> = Op extends { input: infer I extends Schema } ? z.output<I> : never;
/** What a caller may write: before defaults and transforms. */
export type CallInputOf<Op> = Op extends { input: infer I extends Schema } ? z.input<I> : never;
export type OutputOf<Op> = Op extends { output: infer O extends Schema } ? z.output<O> : never;
export type ItemOf<Op> = Op extends { item: infer T extends Schema } ? z.output<T> : never;
export type UpstreamOf<Op> = Op extends { upstream?: infer U extends Schema } ? z.output<U> : never;
export type RefusalCodeOf<Op> = Op extends { refusals: infer R extends Refusals }
  ? Extract<keyof R, string>
  : never;
