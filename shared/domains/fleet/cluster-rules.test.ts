import { describe, expect, test } from 'vitest';
import { maintenanceWindowAt, type MaintenanceWindow } from './cluster-rules.ts';

const nights: MaintenanceWindow = { days: ['tue', 'thu'], from: '23:00', until: '03:00' };
const sunday: MaintenanceWindow = { days: ['sun'], from: '01:30', until: '04:00' };

describe('the maintenance window of a cluster', () => {
  // 2026-11-24 is a Tuesday; Warsaw is an hour ahead of UTC in winter and two in summer.
  test.each<[string, readonly MaintenanceWindow[], string, string]>([
    ['none', [], '2026-11-24T12:00:00Z', 'none'],
    [
      'before it',
      [nights],
      '2026-11-24T12:00:00Z',
      'next 2026-11-24T22:00:00.000Z to 2026-11-25T02:00:00.000Z',
    ],
    ['in it', [nights], '2026-11-24T22:00:00Z', 'open 2026-11-24T22:00:00.000Z to 2026-11-25T02:00:00.000Z'],
    [
      'after midnight',
      [nights],
      '2026-11-25T01:59:59Z',
      'open 2026-11-24T22:00:00.000Z to 2026-11-25T02:00:00.000Z',
    ],
    [
      'just over',
      [nights],
      '2026-11-25T02:00:00Z',
      'next 2026-11-26T22:00:00.000Z to 2026-11-27T02:00:00.000Z',
    ],
    [
      'a week ahead',
      [sunday],
      '2026-11-29T03:00:00Z',
      'next 2026-12-06T00:30:00.000Z to 2026-12-06T03:00:00.000Z',
    ],
    [
      'the first of two',
      [sunday, nights],
      '2026-11-27T12:00:00Z',
      'next 2026-11-29T00:30:00.000Z to 2026-11-29T03:00:00.000Z',
    ],
    // The clocks go from 02:00 to 03:00: the night is an hour shorter.
    [
      'over the change of the clocks',
      [sunday],
      '2026-03-29T00:00:00Z',
      'next 2026-03-29T00:30:00.000Z to 2026-03-29T02:00:00.000Z',
    ],
  ])('%s', (_case, windows, at, expected) => {
    const found = maintenanceWindowAt({ timeZone: 'Europe/Warsaw', windows }, Date.parse(at));
    const said =
      found === undefined
        ? 'none'
        : `${found.isOpen ? 'open' : 'next'} ${new Date(found.fromMs).toISOString()} to ${new Date(found.untilMs).toISOString()}`;
    expect(said).toBe(expected);
  });
});
