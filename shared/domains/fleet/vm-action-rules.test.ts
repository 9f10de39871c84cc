import { describe, expect, test } from 'vitest';
import { VM_ACTIONS, vmActionRules, whyNot, whyNotVm, type VmAction } from './vm-action-rules.ts';
import { VM_STATES, type VmState } from './vm-rules.ts';

describe('state to action', () => {
  test('every action in every state is possible or says why not, as a clause', () => {
    const wordless = VM_ACTIONS.flatMap((action) =>
      VM_STATES.filter((state) => {
        const why = whyNot(action, state);
        const isPossible = vmActionRules[action].allowed.includes(state);
        return isPossible ? why !== null : why === null || !/^[a-z][^.]+$/.test(why);
      }).map((state) => `${action} while ${state}`),
    );
    expect(wordless).toEqual([]);
  });

  test.each<[VmAction, VmState, string | null]>([
    ['start', 'shut-off', null],
    ['start', 'running', 'it is on already'],
    ['shutdown', 'paused', 'it is paused: resume it first, or force it off'],
    ['resume', 'running', 'it is not paused'],
    ['resize', 'running', null],
    ['resize', 'shutting-down', 'it is shutting down: wait until it is off, or force it off'],
    ['diskAdd', 'missing', 'it is no longer on its host'],
    ['snapshotMake', 'paused', null],
    ['clone', 'running', 'it is running: shut it down first, or force it off'],
    ['clone', 'shutting-down', 'it is shutting down: wait until it is off, or force it off'],
    ['rescueEnd', 'shut-off', 'it is off: its next start is from its own disk again'],
    ['password', 'shut-off', 'it is stopped: the guest agent sets it inside, while the guest runs'],
    ['rename', 'shut-off', null],
    ['tags', 'missing', null],
    ['delete', 'missing', null],
    [
      'delete',
      'provisioning',
      'it is still being made: its task can be cancelled, or, once it has failed, tried again',
    ],
  ])('%s while %s: %s', (action, state, why) => {
    expect(whyNot(action, state)).toBe(why);
  });

  test('an order to a host that was not heard lately is not sent; what stands in the store alone is', () => {
    const vm = { state: 'running', host: 'hv7', staleSince: '2026-11-29T06:00:00.000Z' } as const;
    expect(whyNotVm('pause', vm)).toMatch(/hv7 was not heard lately/);
    expect(whyNotVm('tags', vm)).toBeNull();
    expect(whyNotVm('pause', { ...vm, staleSince: null })).toBeNull();
  });
});
