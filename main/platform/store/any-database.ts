import type { Kysely } from 'kysely';

/**
 * The database or a transaction, whichever tables its holder sees: for the public functions of a domain, which other domains
 * call from inside their own transactions. Kysely's types are invariant in the table map.
 */
// oxlint-disable-next-line typescript/no-explicit-any -- see above
export type AnyDatabase = Kysely<any>;
