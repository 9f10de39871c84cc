import { afterAll, afterEach, beforeEach, expect, test } from 'vitest';
import { AlertsRoom } from '../../testing/alerts-room.ts';
import { closePressForTest } from '../../testing/billing-room.ts';
import { twoDomainsRooms, type DomainsRoom } from '../../testing/domains-room.ts';
import { describeOnBothStores } from '../../testing/store-for-test.ts';
import { startWebhookServer, type WebhookServerForTest } from '../../testing/webhook-server.ts';
import { holdDuty } from '../../platform/store/duty-hold.ts';
import { ALERTS_DUTY, ALERTS_PACE, restAfter, runAlerts, type AlertsPace } from './alerts-duty.ts';

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
      ttlMs: 5000,
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

  async function webhookAt(alerts: AlertsRoom, name: string): Promise<void> {
    await alerts.addWebhook(name, `${web.url}/${name}`);
  }

  async function hostGoes(alerts: AlertsRoom, id: string): Promise<void> {
    const { store } = alerts.room;
    await alerts.addHost(id, { state: 'unreachable', reason: 'No route.' });
    await store.transaction(async (trx) => await store.changes.note(trx, 'host', id));
  }

  async function allSent(alerts: AlertsRoom): Promise<void> {
    await expect
      .poll(async () => (await alerts.deliveries()).filter((one) => one.state !== 'sent'), {
        timeout: 60_000,
      })
      .toEqual([]);
  }

  async function twoEngines(): Promise<readonly [AlertsRoom, AlertsRoom]> {
    const first = new AlertsRoom(rooms[0]);
    const second = new AlertsRoom(rooms[1], first.clock);
    second.parts = { ...second.parts, sealer: first.parts.sealer };
    await first.tables.deleteFrom('alert_channel').execute();
    await first.tables.updateTable('alert_rule').set({ hold_seconds: 0 }).execute();
    return [first, second];
  }

  test('a change on a host is told; an engine that is to end while it sends ends after it, and the next one has nothing to send', async () => {
    const [first, second] = await twoEngines();
    await webhookAt(first, 'ops');
    const endFirst = hold(first, 'one');
    const ending = Promise.withResolvers<void>();
    web.answer = () => {
      // It has the message; whoever sent it is told to stop before the answer is there.
      endFirst().then(ending.resolve, ending.reject);
      return { status: 200, text: 'ok' };
    };
    await hostGoes(first, 'hv1');
    await ending.promise;
    expect(await first.deliveries()).toMatchObject([{ state: 'sent', attempts: 1 }]);
    web.answer = () => ({ status: 200, text: 'ok' });
    hold(second, 'two');
    await hostGoes(second, 'hv2');
    await expect.poll(() => web.posts.length).toBe(2);
    await allSent(second);
    const ids = web.posts.map((post) => post.headers['x-innkeeper-delivery']);
    expect(new Set(ids).size).toBe(2);
  });

  test('a channel that does not answer holds up no other', async () => {
    const [alerts] = await twoEngines();
    await webhookAt(alerts, 'slow');
    await webhookAt(alerts, 'quick');
    const held = Promise.withResolvers<void>();
    web.answer = async ({ path }) => {
      if (path === '/slow') await held.promise;
      return { status: 200, text: 'ok' };
    };
    hold(alerts, 'one');
    const quick = () => web.posts.filter((post) => post.path === '/quick').length;
    for (const id of ['hv1', 'hv2']) {
      await hostGoes(alerts, id);
      const known = Number(id.slice(2));
      await expect.poll(quick).toBe(known);
    }
    expect(web.mostAtOnce('/slow')).toBe(1);
    held.resolve();
    await allSent(alerts);
  });

  test.each([
    ['a short look: as long as is set', 20, 2_000],
    ['a longer one: ten times as long', 500, 5_000],
    ['a very long one: never later than the next look is due', 5_000, 10_000],
  ])('rest after %s', (_, tookMs, restMs) => {
    expect(restAfter(tookMs, ALERTS_PACE)).toBe(restMs);
  });
});
