import { z } from 'zod';
import { wireErrorSchema } from './wire-error.ts';

const id = z.number().int().nonnegative();

/**
 * The one message protocol between a console and an engine, the same over MessagePort, WebSocket and memory.
 * Every message is a JSON object; `id` is chosen by the caller and names one call or one feed of that connection.
 *
 * call → result, once. cancel ends a call (its work is aborted; the result is then `cancelled`) or a feed.
 * subscribe → feed* → feed-end. The engine sends no more than `credit` items beyond those granted (back-pressure: what
 * makes items waits); the subscriber grants more as it consumes. After a dropped connection a resumable feed is
 * subscribed again with `after` = the cursor of the last item it saw and goes on without a gap.
 */
export const fromCallerSchema = z.discriminatedUnion('t', [
  z.object({
    t: z.literal('call'),
    id,
    op: z.string(),
    input: z.unknown(),
    /** Same key: same effect, once. */ key: z.string().max(100).optional(),
  }),
  z.object({ t: z.literal('cancel'), id }),
  z.object({
    t: z.literal('subscribe'),
    id,
    op: z.string(),
    input: z.unknown(),
    after: z.string().max(200).optional(),
    credit: z.number().int().positive().max(10_000),
  }),
  z.object({ t: z.literal('credit'), id, more: z.number().int().positive().max(10_000) }),
  z.object({ t: z.literal('send'), id, item: z.unknown() }),
  z.object({ t: z.literal('ping'), id }),
]);
export type FromCaller = z.infer<typeof fromCallerSchema>;

export const fromEngineSchema = z.discriminatedUnion('t', [
  z.object({
    t: z.literal('hello'),
    protocol: z.number(),
    engine: z.string(),
    version: z.string(),
    /** Identity of the store behind it, which it keeps: a page that was shown one store never speaks to another. */
    store: z.string().optional(),
  }),
  /** In place of hello, before the pipe is closed: nobody can answer for this installation now. Asking again later may help. */
  z.object({ t: z.literal('unavailable'), sentence: z.string() }),
  z.object({ t: z.literal('result'), id, value: z.unknown() }),
  z.object({ t: z.literal('error'), id, error: wireErrorSchema }),
  z.object({ t: z.literal('feed'), id, item: z.unknown(), cursor: z.string().optional() }),
  /** Without an error: the feed came to its end. */
  z.object({ t: z.literal('feed-end'), id, error: wireErrorSchema.optional() }),
  z.object({ t: z.literal('pong'), id }),
]);
export type FromEngine = z.infer<typeof fromEngineSchema>;

/** A pipe that carries protocol messages: a WebSocket, a MessagePort, a local socket, or two ends in memory. Feeds are held back by their credit. */
export interface MessagePipe<Out, In> {
  send(message: Out): void;
  onMessage(listener: (message: In) => void): void;
  onClose(listener: () => void): void;
  close(): void;
}
export type CallerPipe = MessagePipe<FromCaller, FromEngine>;
export type EnginePipe = MessagePipe<FromEngine, FromCaller>;
