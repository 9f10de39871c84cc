import { afterAll, afterEach, beforeEach, expect, test } from 'vitest';
import { AlertsRoom } from '../../testing/alerts-room.ts';
import { closePressForTest } from '../../testing/billing-room.ts';
import { twoDomainsRooms, type DomainsRoom } from '../../testing/domains-room.ts';
import { RecentCpu } from '../fleet/fleet-public.ts';
import { describeOnBothStores } from '../../testing/store-for-test.ts';

const MINUTE_MS = 60_000;
const LIMIT = 90;

afterAll(closePressForTest);

describeOnBothStores('CPU over for minutes', (stores) => {
  let rooms: readonly [DomainsRoom, DomainsRoom];
  let alerts: AlertsRoom;

  beforeEach(async () => {
    rooms = await twoDomainsRooms(stores);
    alerts = new AlertsRoom(rooms[0], { nowMs: Math.ceil(Date.now() / MINUTE_MS) * MINUTE_MS });
    await alerts.addHost('hv1');
    await alerts.addVm('a', 'hv1');
  });
  afterEach(async () => {
    for (const room of rooms) await room.close();
  });

  async function rule(of: 'vms' | 'hosts', holdMinutes: number): Promise<void> {
    await alerts.tables.deleteFrom('alert_rule').execute();
    await rooms[0].call('alerts.ruleSave', {
      name: 'R',
      condition: { kind: 'cpu-over', of, percent: LIMIT },
      severity: 'warning',
      holdSeconds: holdMinutes * 60,
      clearSeconds: 0,
      enabled: true,
    });
  }

  /** A look every minute: the load seen then, and what the minute before it was on average. The state after each, by its first letter. */
  async function story(
    of: 'vms' | 'hosts',
    at: { readonly seen: readonly number[]; readonly minutes: readonly number[] },
  ): Promise<string> {
    let states = '';
    for (const [minute, percent] of at.seen.entries()) {
      if (of === 'vms') await alerts.tables.updateTable('vm').set({ cpu_percent: percent }).execute();
      else await alerts.setHosts({ cpu_used_percent: percent });
      const average = at.minutes[minute];
      if (average !== undefined) await alerts.measured('hv1', of === 'vms' ? 'a' : 'hv1', average);
      await alerts.look();
      const open = await alerts.tables
        .selectFrom('alert')
        .select('state')
        .orderBy('began_at_ms', 'desc')
        .execute();
      states += open[0]?.state.at(0) ?? '-';
      alerts.clock.nowMs += MINUTE_MS;
    }
    return states;
  }

  test.each([
    [
      'what is over all the time fires when it has held',
      5,
      [99, 99, 99, 99, 99, 99],
      [99, 99, 99, 99, 99, 99],
      'pppppf',
    ],
    [
      'a dip that leaves the average over begins nothing anew',
      5,
      [99, 99, 60, 99, 99, 99],
      [99, 99, 95, 95, 99, 99],
      'pppppf',
    ],
    [
      'a dip that takes the average below does',
      5,
      [99, 99, 60, 99, 99, 99],
      [99, 60, 60, 99, 99, 99],
      'pp-ppp',
    ],
    [
      'what is over only when it is looked at does not fire',
      5,
      [99, 99, 99, 99, 99, 99],
      [50, 50, 50, 50, 50, 50],
      'pppppp',
    ],
    [
      'what fires goes on while the average is over, and not longer',
      2,
      [99, 99, 99, 60, 60],
      [99, 99, 99, 92, 80],
      'ppffr',
    ],
    ['where no minute is known it goes by what is seen', 5, [99, 99, 99, 99, 99, 99], [], 'pppppf'],
    ['where no minute is known a dip begins it anew', 5, [99, 99, 60, 99, 99, 99], [], 'pp-ppp'],
    ['a hold of a minute is about what is seen', 1, [99, 99, 60], [50, 50, 99], 'pfr'],
  ])('%s', async (_, hold, seen, minutes, states) => {
    for (const subjects of ['vms', 'hosts'] as const) {
      await alerts.tables.deleteFrom('alert').execute();
      await alerts.tables.deleteFrom('series_host_block').execute();
      alerts.parts = { ...alerts.parts, recentCpu: new RecentCpu(stores.kind) };
      await rule(subjects, hold);
      expect([subjects, await story(subjects, { seen, minutes })]).toEqual([subjects, states]);
    }
  });

  test('an alert says the average beside what is seen', async () => {
    await rule('vms', 2);
    await story('vms', { seen: [99, 99, 97], minutes: [99, 96, 98] });
    const { detail } = await alerts.tables.selectFrom('alert').select('detail').executeTakeFirstOrThrow();
    expect(detail).toBe('CPU at 97 % on hv1. 97 % on average over 2 min.');
  });

  test('hours are sampled, a minute that comes late counts, and an old series says nothing of now', async () => {
    const recent = new RecentCpu(stores.kind);
    const windowMs = 240 * MINUTE_MS;
    for (let before = 0; before < 240; before += 1)
      await alerts.measured('hv1', 'a', before < 120 ? 100 : 50, before);
    const average = async (sinceMinutes: number) => {
      const { nowMs } = alerts.clock;
      const asked = [{ subject: 'a', hostId: 'hv1', sinceMs: nowMs - sinceMinutes * MINUTE_MS }];
      return (await recent.averages(alerts.tables, { asked, windowMs, nowMs })).get('a') ?? Number.NaN;
    };
    expect(await average(240)).toBeCloseTo(75, -0.5);
    expect(await average(100)).toBe(100);
    for (let before = 0; before < 4; before += 1) await alerts.measured('hv1', 'a', 0, before);
    expect(await average(8)).toBeLessThan(100);
    // Nothing was collected for so long: nothing is said of now.
    alerts.clock.nowMs += 15 * MINUTE_MS;
    expect(await average(240)).toBeNaN();
  });
});
