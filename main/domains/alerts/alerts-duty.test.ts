import { afterAll, afterEach, beforeEach, expect, test } from 'vitest';
import { AlertsRoom } from '../../testing/alerts-room.ts';
import { closePressForTest } from '../../testing/billing-room.ts';
import { twoDomainsRooms, type DomainsRoom } from '../../testing/domains-room.ts';
import { describeOnBothStores } from '../../testing/store-for-test.ts';
import { startWebhookServer, type WebhookServerForTest } from '../../testing/webhook-server.ts';
import { holdDuty } from '../../platform/store/duty-hold.ts';
import { ALERTS_DUTY, runAlerts, type AlertsPace } from './alerts-duty.ts';

/** By the clock alone nothing happens here in the time of a test: it is the change feed that wakes it. */
const PACE: AlertsPace = {
  grouping: { windowMs: 0, spacingMs: 0 },
  everyMs: 600_000,
  restMs: 10,
  sendEveryMs: 600_000,
};

afterAll(closePressForTest);

describeOnBothStores('the duty of the alerts', (stores) => {
  let rooms: readonly [DomainsRoom, DomainsRoom];
  let web: WebhookServerForTest;
  const running: (() => Promise<void>)[] = [];

  beforeEach(async () => {
    rooms = await twoDomainsRooms(stores);
    web = await startWebhookServer();
  });
  afterEach(async () => {
    for (const stop of running.splice(0)) await stop();
    await web.close();
    for (const room of rooms) await room.close();
  });

  function hold(alerts: AlertsRoom, holder: string): () => Promise<void> {
    const stop = new AbortController();
    const held = holdDuty({
      store: alerts.room.store,
      name: ALERTS_DUTY,
      holder,
      ttlMs: 1000,
      signal: stop.signal,
      run: async (grant) => await runAlerts(alerts.parts, grant, PACE),
    });
    const end = async (): Promise<void> => {
      stop.abort();
      await held;
    };
    running.push(end);
    return end;
  }

  test('a change on a host is told; an engine that ends while it sends leaves that to the next, by the same id', async () => {
    const first = new AlertsRoom(rooms[0]);
    const second = new AlertsRoom(rooms[1], first.clock);
    second.parts = { ...second.parts, sealer: first.parts.sealer };
    await first.addHost('hv1');
    await first.tables.updateTable('alert_rule').set({ hold_seconds: 0 }).execute();
    await rooms[0].call('alerts.channelSave', {
      name: 'ops',
      enabled: true,
      leastSeverity: 'critical',
      config: { kind: 'webhook', url: `${web.url}/hook` },
    });
    const endFirst = hold(first, 'one');
    let ending: Promise<void> | undefined;
    web.answer = () => {
      // It has the message; whoever sent it is told to stop before the answer is there.
      ending = endFirst();
      return { status: 200, text: 'ok' };
    };
    await first.setHosts({ state: 'unreachable', reason: 'No route.' });
    await rooms[0].store.transaction(async (trx) => await rooms[0].store.changes.note(trx, 'host', 'hv1'));
    await expect.poll(() => web.posts.length, { timeout: 20_000 }).toBe(1);
    await ending;
    web.answer = () => ({ status: 200, text: 'ok' });
    hold(second, 'two');
    await expect
      .poll(async () => (await second.deliveries()).filter((one) => one.state !== 'sent'), {
        timeout: 20_000,
      })
      .toEqual([]);
    const ids = web.posts.map((post) => post.headers['x-innkeeper-delivery']);
    expect(ids.length).toBeLessThanOrEqual(2);
    expect(new Set(ids).size).toBe(1);
  });
});
