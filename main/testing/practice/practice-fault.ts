import { z } from 'zod';

/** What can be made to go wrong on a practice host. `heal` undoes everything but a changed host key and a crashed VM. */
export const practiceFaultSchema = z.discriminatedUnion('kind', [
  /** Cut off: connections stay, nothing comes and nothing goes. */
  z.object({ kind: z.literal('silent') }),
  /** Every answer of the daemon comes this much later. */
  z.object({ kind: z.literal('slow'), delayMs: z.number().int().min(0).max(600_000) }),
  /** Nobody listens any more, on SSH and on the daemon's socket. */
  z.object({ kind: z.literal('refuse') }),
  /** All that is connected is hung up on; new connections are welcome. */
  z.object({ kind: z.literal('drop') }),
  /** A guest crashes. Without `vm` the first that runs. */
  z.object({ kind: z.literal('crash-vm'), vm: z.string().optional() }),
  /** The agent in a guest stops answering. */
  z.object({ kind: z.literal('agent-silent'), vm: z.string() }),
  /** A guest refuses to let go of its devices and vCPUs while it runs. */
  z.object({ kind: z.literal('guest-holds'), vm: z.string() }),
  /** libvirtd dies; SSH and the guests go on. */
  z.object({ kind: z.literal('kill-daemon') }),
  /** The user may not open the daemon's socket. */
  z.object({ kind: z.literal('no-permission') }),
  z.object({ kind: z.literal('pool-full'), pool: z.string().default('default') }),
  z.object({ kind: z.literal('pool-inactive'), pool: z.string().default('default') }),
  /** SSH lets nobody in. */
  z.object({ kind: z.literal('auth-fail') }),
  /** The host was reinstalled: another SSH host key. */
  z.object({ kind: z.literal('change-host-key') }),
  /** Its clock is off by this much; negative is behind. */
  z.object({ kind: z.literal('clock-off'), offsetMs: z.number().int() }),
  /** Moves of guests from or to this host fail in a phase, or take this long. */
  z.object({
    kind: z.literal('migration'),
    fails: z.enum(['prepare', 'perform', 'finish', 'confirm']).optional(),
    lastsMs: z.number().positive().optional(),
  }),
  /** Power cut: guests off, nothing answers until `heal`. */
  z.object({ kind: z.literal('power-cut') }),
  z.object({ kind: z.literal('heal') }),
]);

export type PracticeFault = z.input<typeof practiceFaultSchema>;
export type CheckedFault = z.output<typeof practiceFaultSchema>;
