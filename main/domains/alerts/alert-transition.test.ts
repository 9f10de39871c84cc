import { expect, test } from 'vitest';
import { alertChanges, type Finding } from './alert-transition.ts';
import type { AlertRecord } from './alerts-tables.ts';

const SECOND = 1000;
const found: Finding = {
  subject: { kind: 'host', id: 'host_1', name: 'hv1' },
  host: { id: 'host_1', name: 'hv1' },
  detail: 'It does not answer.',
};

/** Looks at a rule every ten seconds; a letter per look: `x` found, `-` not, `?` found by old knowledge. Gives the state after each. */
function story(looks: string, rule: { hold?: number; clear?: number; flaps?: number }): string[] {
  let open: AlertRecord[] = [];
  return Array.from(looks, (look, at) => {
    const changes = alertChanges({
      rule: {
        id: 'rule_1',
        name: 'Host unreachable',
        severity: 'critical',
        hold_seconds: rule.hold ?? 0,
        clear_seconds: rule.clear ?? 0,
      },
      findings: look === '-' ? [] : [{ ...found, isStale: look === '?' }],
      open,
      nowMs: at * 10 * SECOND,
      flapsOf: () => rule.flaps ?? 0,
      newId: () => `alert_${at}`,
    });
    const after = new Map(open.map((alert) => [alert.id, alert]));
    for (const id of changes.dropped) after.delete(id);
    for (const alert of changes.written) after.set(alert.id, alert);
    open = [...after.values()].filter((alert) => alert.state !== 'resolved');
    const shown = changes.written.find((alert) => alert.state === 'resolved') ?? open[0];
    return shown?.state ?? 'none';
  });
}

const [p, f, r, n] = ['pending', 'firing', 'resolved', 'none'] as const;

test.each([
  ['without a hold it fires at once, and is resolved at once', 'x-', {}, [f, r]],
  ['it fires when it has held for its time', 'xxxx', { hold: 30 }, [p, p, p, f]],
  ['a break begins the hold anew', 'xx-xxxx', { hold: 30 }, [p, p, n, p, p, p, f]],
  ['what was over before it fired leaves nothing', 'xx--', { hold: 30 }, [p, p, n, n]],
  ['it is resolved when it was over for its time', 'x---', { clear: 20 }, [f, f, f, r]],
  ['what comes back before that goes on', 'x--x---', { clear: 20 }, [f, f, f, f, f, f, r]],
  ['old knowledge begins nothing', '???', {}, [n, n, n]],
  ['old knowledge ripens nothing', 'xx???x', { hold: 30 }, [p, p, p, p, p, f]],
  ['old knowledge keeps what fires', 'x??', {}, [f, f, f]],
  [
    'what came and went twice already stays for half an hour',
    'x---------',
    { flaps: 2 },
    Array.from({ length: 10 }, () => f),
  ],
])('%s', (_, looks, rule, states) => {
  expect(story(looks, rule)).toEqual(states);
});

test.each([
  ['pending', null, 'firing'],
  ['firing', 1_000_000, 'resolved'],
] as const)(
  'what is %s since a time in the future, of a clock that was set back, counts from now',
  (state, quietSinceMs, after) => {
    const rule = {
      id: 'rule_1',
      name: 'Host unreachable',
      severity: 'critical' as const,
      hold_seconds: 20,
      clear_seconds: 20,
    };
    let open = alertChanges({
      rule,
      findings: [found],
      open: [],
      nowMs: 1_000_000,
      flapsOf: () => 0,
      newId: () => 'a',
    }).written.map((alert): AlertRecord => ({ ...alert, state, quiet_since_at_ms: quietSinceMs }));
    const states = [0, 10, 20].map((seconds) => {
      const findings = state === 'pending' ? [found] : [];
      const { written } = alertChanges({
        rule,
        findings,
        open,
        nowMs: seconds * SECOND,
        flapsOf: () => 0,
        newId: () => 'b',
      });
      if (written.length > 0) open = [...written];
      return open[0]?.state;
    });
    expect(states).toEqual([state, state, after]);
  },
);

test('what comes and goes is over after half an hour without it', () => {
  expect(story(`x${'-'.repeat(182)}`, { flaps: 2 }).indexOf('resolved')).toBe(181);
});
