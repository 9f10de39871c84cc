import { describe, expect, test } from 'vitest';
import { judge, type HostView, type Verdict } from './migration-look.ts';

const view = (state: string | null, reason = '', more: Partial<HostView> = {}): HostView => ({
  state,
  reason,
  id: state === null || state === 'shutoff' ? -1 : 7,
  persistent: true,
  migrating: false,
  ...more,
});
const none = view(null);
const runs = view('running', 'booted');
const sending = view('running', 'booted', { migrating: true });
/** Sent, and standing still for it. */
const sent = view('paused', 'migration');
const awaited = view('paused', 'migration', { migrating: true });
const arrived = view('running', 'migrated');
const off = view('shutoff', 'shutdown');

describe('what a look at both hosts means', () => {
  test.each<[what: string, source: HostView, target: HostView, verdict: Verdict]>([
    ['nothing was begun', runs, none, 'at-source'],
    ['it is off, and nothing was begun', off, none, 'at-source'],
    ['somebody paused it', view('paused', 'user'), none, 'at-source'],
    ['the target waits, nothing is sent', runs, awaited, 'clear-target'],
    ['it is being sent by an engine that is gone', sending, awaited, 'stop-move'],
    ['a backup is made of it, and the target has nothing', sending, none, 'unclear'],
    ['all was sent, the target died', sent, none, 'resume-source'],
    ['all was sent, the target waits for its word', sent, awaited, 'clear-target'],
    ['the target runs it, the source was not told', sent, arrived, 'clear-source'],
    ['the source was told and keeps its definition', off, arrived, 'clear-source'],
    ['all is done', none, arrived, 'at-target'],
    ['all is done, and somebody paused it there', none, view('paused', 'user'), 'at-target'],
    ['all is done, and it was switched off there', none, off, 'at-target'],
    ['it ran at the target and was switched off, the source was not told', sent, off, 'clear-source'],
    [
      'it ran at the target and crashed, the source was not told',
      sent,
      view('shutoff', 'crashed'),
      'clear-source',
    ],
    ['the target was defined and could not start it', sent, view('shutoff', 'failed'), 'clear-target'],
    [
      'the target has a definition and does not say why it is off',
      sent,
      view('shutoff', 'unknown'),
      'unclear',
    ],
    ['the source runs, the target has but a definition', runs, off, 'clear-target'],
    ['both run it', runs, arrived, 'twice'],
    ['neither has it', none, none, 'nowhere'],
  ])('%s', (_what, source, target, verdict) => {
    expect(judge(source, target)).toBe(verdict);
  });
});
