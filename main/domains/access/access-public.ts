import type { Actor } from '../../platform/calls/call-context.ts';

export { PersonAtWork } from './person-at-work.ts';

/** The engine itself, for what it does on its own account. */
export const systemActor: Actor = { id: 'system', login: 'system', name: 'Innkeeper', role: 'administrator' };
