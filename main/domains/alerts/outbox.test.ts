import { afterAll, afterEach, beforeEach, expect, test } from 'vitest';
import type { ChannelRow } from '../../../shared/domains/alerts/alerts-contract.ts';
import { allSchema } from '../../app/all-schema.ts';
import { AlertsRoom, type Grant } from '../../testing/alerts-room.ts';
import { closePressForTest } from '../../testing/billing-room.ts';
import { startCuttableProxy } from '../../testing/cuttable-proxy.ts';
import { twoDomainsRooms, type DomainsRoom } from '../../testing/domains-room.ts';
import { silentLog } from '../../testing/engine-for-test.ts';
import { describeOnBothStores, testWhen } from '../../testing/store-for-test.ts';
import { startWebhookServer, type WebhookServerForTest } from '../../testing/webhook-server.ts';
import type { DeliveryRecord } from './alerts-tables.ts';
import { CLAIM_MS } from './outbox-store.ts';

const CLAIM_SECONDS = CLAIM_MS / 1000;
const HOUR_SECONDS = 3600;

afterAll(closePressForTest);

describeOnBothStores('the outbox', (stores) => {
  let rooms: readonly [DomainsRoom, DomainsRoom];
  let alerts: AlertsRoom;
  let other: AlertsRoom;
  let web: WebhookServerForTest;
  let channelId: string;

  beforeEach(async () => {
    rooms = await twoDomainsRooms(stores);
    alerts = new AlertsRoom(rooms[0]);
    other = new AlertsRoom(rooms[1], alerts.clock);
    other.parts = { ...other.parts, sealer: alerts.parts.sealer };
    web = await startWebhookServer();
    await alerts.tables.deleteFrom('alert_channel').execute();
    await alerts.tables.updateTable('alert_rule').set({ hold_seconds: 0, clear_seconds: 0 }).execute();
    channelId = await alerts.addWebhook('ops', `${web.url}/ops`);
  });
  afterEach(async () => {
    await web.close();
    for (const room of rooms) await room.close();
  });

  async function hostGoes(id = 'hv1'): Promise<void> {
    await alerts.addHost(id, { state: 'unreachable', reason: 'No route.' });
    await alerts.look();
  }

  async function first(): Promise<DeliveryRecord | undefined> {
    return (await alerts.deliveries())[0];
  }

  const ids = () => web.posts.map((post) => post.headers['x-innkeeper-delivery']);

  test('what was being sent when its engine was killed is taken by the next when no engine can be at it any more', async () => {
    await hostGoes();
    const claim = { state: 'sending', attempts: 1, decided_at_ms: alerts.clock.nowMs } as const;
    const until = alerts.clock.nowMs + CLAIM_MS;
    await alerts.tables
      .updateTable('alert_delivery')
      .set({ ...claim, next_at_ms: until })
      .execute();
    await alerts.send(CLAIM_SECONDS - 1);
    expect(web.posts).toEqual([]);
    await alerts.send(1);
    expect(ids()).toEqual([(await first())?.id]);
    expect(await first()).toMatchObject({ state: 'sent', attempts: 2 });
  });

  test('an engine that lost the duty while it sent still writes down that it did, and nobody sends it again', async () => {
    await hostGoes();
    const lost = new AbortController();
    const grant: Grant = { guard: async () => lost.signal.throwIfAborted(), signal: lost.signal };
    web.answer = () => {
      lost.abort();
      return { status: 200, text: 'ok' };
    };
    await alerts.send(0, grant);
    expect(await first()).toMatchObject({ state: 'sent', attempts: 1 });
    await other.send(2 * CLAIM_SECONDS);
    expect(web.posts.length).toBe(1);
  });

  test('what another engine has taken anew is not settled by the one that was too slow', async () => {
    await hostGoes();
    web.answer = async () => {
      // The first is still waiting for its answer when its claim ends.
      web.answer = () => ({ status: 200, text: 'ok' });
      await other.send(CLAIM_SECONDS);
      return { status: 503, text: 'too late' };
    };
    await alerts.send();
    expect(await first()).toMatchObject({ state: 'sent', attempts: 2, problem: '' });
    expect(ids()).toEqual([(await first())?.id, (await first())?.id]);
  });

  test('what is due over many channels is over when sending ends, though one of them throws', async () => {
    await alerts.addWebhook('second', `${web.url}/second`);
    await hostGoes();
    let begun = 0;
    const grant: Grant = {
      signal: new AbortController().signal,
      // Of two that begin, the first is thrown out; the other goes on after that.
      guard: async () => {
        begun += 1;
        if (begun === 1) throw new Error('thrown out');
      },
    };
    await expect(alerts.send(0, grant)).rejects.toThrow('thrown out');
    expect((await alerts.deliveries()).map((one) => one.state).toSorted()).toEqual(['sent', 'waiting']);
  });

  test.each(['deleted', 'switched off'])(
    'what waits for a channel that was %s meanwhile ends',
    async (what) => {
      await hostGoes();
      if (what === 'deleted') await alerts.tables.deleteFrom('alert_channel').execute();
      else await alerts.tables.updateTable('alert_channel').set({ enabled: 0 }).execute();
      await alerts.send();
      expect(web.posts).toEqual([]);
      expect(await first()).toMatchObject({ state: 'failed', problem: `The channel was ${what}.` });
    },
  );

  test('a clock that is set back holds up neither what is to be told nor what is to be sent', async () => {
    const grouping = { windowMs: 15_000, spacingMs: 60_000 };
    await alerts.addHost('hv1', { state: 'unreachable' });
    await alerts.look(0, { grouping });
    await alerts.look(15, { grouping });
    web.answer = () => ({ status: 503, text: 'later' });
    await alerts.send();
    expect(await first()).toMatchObject({ state: 'waiting', attempts: 1 });
    web.answer = () => ({ status: 200, text: 'ok' });
    await alerts.addHost('hv2', { state: 'unreachable' });
    await alerts.look(0, { grouping });
    // What fires and what was tried lies in the future now, and so does the last notification.
    await alerts.look(-HOUR_SECONDS, { grouping });
    await alerts.send();
    expect((await alerts.deliveries()).map((one) => `${one.title}: ${one.state}`).toSorted()).toEqual([
      'hv1: Host unreachable: sent',
      'hv2: Host unreachable: sent',
    ]);
  });

  test.each([
    ['a fraction of a second', '0.0001', 10_000],
    ['longer than the next attempt', '300', 300_000],
    ['a day: an hour is enough', '86400', 3_600_000],
    ['for ever', '1e999', 10_000],
    ['in words', 'soon', 10_000],
  ])('a server that asks to be left alone %s', async (_, asked, waitMs) => {
    web.answer = () => ({ status: 429, text: 'slow down', headers: { 'retry-after': asked } });
    await hostGoes();
    await alerts.send();
    expect(await first()).toMatchObject({ state: 'waiting', next_at_ms: alerts.clock.nowMs + waitMs });
  });

  test('two who change a channel at once: what either of them gave is kept', async () => {
    const save = async (room: DomainsRoom, config: { url?: string; secret?: string }) =>
      await room.call('alerts.channelSave', {
        channelId,
        name: 'ops',
        enabled: true,
        leastSeverity: 'info',
        config: { kind: 'webhook', ...config },
      });
    await Promise.all([
      save(rooms[0], { secret: 'sign here' }),
      save(rooms[0], { url: `${web.url}/new` }),
      save(rooms[0], {}),
    ]);
    await hostGoes();
    await alerts.send();
    expect(web.posts[0]?.path).toBe('/new');
    expect(web.posts[0]?.headers['x-innkeeper-signature']).toMatch(/^t=/);
  });

  test('a test of the channel of open consoles is shown by them', async () => {
    const saved = await rooms[0].call('alerts.channelSave', {
      name: 'Open consoles',
      enabled: true,
      leastSeverity: 'info',
      config: { kind: 'desktop' },
    });
    const desktop = (saved as { channelId: string }).channelId;
    const notices = async () => await rooms[0].call('alerts.noticeList', {});
    expect(await notices()).toEqual({ rows: [] });
    expect(await rooms[0].call('alerts.channelTest', { channelId: desktop })).toMatchObject({ sent: true });
    expect(await notices()).toMatchObject({ rows: [{ title: 'Open consoles: Test' }] });
    const { rows } = (await rooms[0].call('alerts.channelList', {})) as { rows: ChannelRow[] };
    expect(rows.find((row) => row.id === desktop)?.lastSentAt).not.toBeNull();
    await alerts.tables.updateTable('alert_channel').set({ enabled: 0 }).execute();
    expect(await rooms[0].call('alerts.channelTest', { channelId: desktop })).toMatchObject({
      sent: false,
      sentence: 'It is switched off: consoles show nothing of it.',
    });
  });

  testWhen(stores.kind === 'postgres')(
    'a database that goes away between sending and noting it down does not make it be sent again',
    async () => {
      await hostGoes();
      const direct = new URL(rooms[0].address);
      const proxy = await startCuttableProxy({ host: direct.hostname, port: Number(direct.port || 5432) });
      try {
        const through = new URL(direct.href);
        through.hostname = '127.0.0.1';
        through.port = String(proxy.port);
        const store = await stores.openAlso(through.href, allSchema);
        web.answer = () => {
          proxy.cut();
          return { status: 200, text: 'ok' };
        };
        const warned: string[] = [];
        const warn = (words: string): void => {
          warned.push(words);
          proxy.mend();
        };
        alerts.parts = { ...alerts.parts, store, log: { ...silentLog, warn } };
        await alerts.send();
        expect(warned).toEqual(['How a notification went could not be written down; trying again.']);
        expect(await other.deliveries()).toMatchObject([{ state: 'sent', attempts: 1 }]);
        await other.send(2 * CLAIM_SECONDS);
        expect(web.posts.length).toBe(1);
      } finally {
        await proxy.close();
      }
    },
    60_000,
  );

  test.each(['rule', 'channel'] as const)(
    'of two who give a %s one name at once, one is refused',
    async (what) => {
      const save = async (room: DomainsRoom) =>
        what === 'rule'
          ? await room.call('alerts.ruleSave', {
              name: 'Same',
              condition: { kind: 'vm-crashed' },
              severity: 'info',
              holdSeconds: 0,
              enabled: true,
            })
          : await room.call('alerts.channelSave', {
              name: 'Same',
              enabled: true,
              leastSeverity: 'info',
              config: { kind: 'desktop' },
            });
      const answers = await Promise.all([save(rooms[0]), save(rooms[1]), save(rooms[0]), save(rooms[1])]);
      expect(answers.filter((one) => one === 'name-taken').length).toBe(3);
    },
  );
});
