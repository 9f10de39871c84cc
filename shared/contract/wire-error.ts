import { z } from 'zod';

/** Everything that can go wrong with a call, as it crosses the wire. One translator makes it on each side. */
export const wireErrorSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('bad-input'),
    sentence: z.string(),
    /** Where in the input (dotted path, `` for the whole) and what to write instead. */
    issues: z.array(z.object({ path: z.string(), message: z.string() })),
  }),
  z.object({
    kind: z.literal('refusal'),
    code: z.string(),
    sentence: z.string(),
    facts: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
  }),
  z.object({ kind: z.literal('forbidden'), permission: z.string(), sentence: z.string() }),
  z.object({ kind: z.literal('unknown-operation'), operation: z.string(), sentence: z.string() }),
  z.object({
    /** The outside world failed (a host, the store, the network). `remote` is the other side's own code and message. */
    kind: z.literal('failure'),
    code: z.string(),
    sentence: z.string(),
    remote: z.object({ system: z.string(), code: z.string(), message: z.string() }).optional(),
    /** Whether the same call may work later without changing anything. */
    mayRetry: z.boolean(),
  }),
  z.object({ kind: z.literal('cancelled'), sentence: z.string() }),
  z.object({
    /** The connection to the engine broke before an answer came; a command's effect is asked for again by its idempotency key. */
    kind: z.literal('disconnected'),
    sentence: z.string(),
  }),
  z.object({
    kind: z.literal('bug'),
    sentence: z.string(),
    /** Finds the stack in the log. */ reference: z.string(),
  }),
]);
export type WireError = z.infer<typeof wireErrorSchema>;
