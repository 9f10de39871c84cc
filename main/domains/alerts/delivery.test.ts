import { spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest';
import { AlertsRoom, type ChannelConfig } from '../../testing/alerts-room.ts';
import { closePressForTest } from '../../testing/billing-room.ts';
import { twoDomainsRooms, type DomainsRoom } from '../../testing/domains-room.ts';
import {
  headerOf,
  localhostCertificate,
  startMailServer,
  textOf,
  type MailServerForTest,
} from '../../testing/mail/mail-server.ts';
import { describeOnBothStores } from '../../testing/store-for-test.ts';
import { startWebhookServer, type WebhookServerForTest } from '../../testing/webhook-server.ts';
import { CLAIM_MS } from './outbox-store.ts';

const PASSWORD = 'correct horse';
const childProcess = fileURLToPath(new URL('../../testing/alerts-child-process.ts', import.meta.url));

afterAll(closePressForTest);

describeOnBothStores('notifications', (stores) => {
  let rooms: readonly [DomainsRoom, DomainsRoom];
  let alerts: AlertsRoom;
  let mail: MailServerForTest;
  let web: WebhookServerForTest;

  beforeEach(async () => {
    rooms = await twoDomainsRooms(stores);
    alerts = new AlertsRoom(rooms[0]);
    mail = await startMailServer();
    web = await startWebhookServer();
    await alerts.tables.deleteFrom('alert_channel').execute();
    await alerts.tables.deleteFrom('alert_rule').where('name', '<>', 'Host unreachable').execute();
    await alerts.tables.updateTable('alert_rule').set({ hold_seconds: 0, clear_seconds: 0 }).execute();
  });
  afterEach(async () => {
    await mail.close();
    await web.close();
    for (const room of rooms) await room.close();
  });

  const byMail = (password: string | undefined = PASSWORD): ChannelConfig => ({
    kind: 'mail',
    server: 'localhost',
    port: mail.port,
    security: 'starttls',
    user: 'alerts',
    ...(password === undefined ? {} : { password }),
    certificate: localhostCertificate,
    from: 'innkeeper@acme.example',
    to: ['ops@acme.example', 'night@acme.example'],
  });

  test('300 hosts at once are one mail over STARTTLS, as text and as HTML; their end is another', async () => {
    await alerts.saveChannel(byMail());
    await alerts.hostsGo(300);
    await alerts.send();
    await alerts.send(60);
    expect(mail.mails.length).toBe(1);
    const [taken] = mail.mails;
    expect(taken).toMatchObject({
      from: 'innkeeper@acme.example',
      to: ['ops@acme.example', 'night@acme.example'],
      secure: true,
      user: 'alerts',
    });
    expect(headerOf(taken!, 'subject')).toBe('[Production] 300 alerts: 300 critical');
    expect(headerOf(taken!, 'content-type')).toContain('multipart/alternative');
    const text = textOf(taken!);
    expect(text).toContain('Critical: hv0: No <route> to hv0.');
    expect(text).toContain('No &lt;route&gt; to hv0.');
    expect(text).toContain('and 280 more');
    await alerts.setHosts({ state: 'connected' });
    await alerts.look(60);
    await alerts.look(60);
    await alerts.send();
    expect(mail.mails.map((one) => headerOf(one, 'subject'))).toEqual([
      '[Production] 300 alerts: 300 critical',
      '[Production] Resolved: 300 alerts: 300 critical',
    ]);
  });

  test('a wrong password is said in words without it, waits, and is tried at once when the channel is changed', async () => {
    const channelId = await alerts.saveChannel(byMail('wrong secret'));
    const sentence = (words: string): RegExp =>
      new RegExp(
        `^The mail server localhost:${mail.port} did not let alerts in: check the user and the password\\. It said: ${words}`,
      );
    expect(await alerts.tryChannel(channelId)).toMatchObject({
      sent: false,
      sentence: expect.stringMatching(sentence('535.*alerts/\\[hidden\\]')) as string,
    });
    await alerts.hostsGo(1);
    await alerts.send();
    expect(mail.mails).toEqual([]);
    const [waiting] = await alerts.deliveries();
    expect(waiting).toMatchObject({ state: 'waiting', attempts: 1 });
    expect(waiting?.problem).toMatch(sentence('535'));
    const listed = JSON.stringify([
      await rooms[0].call('alerts.channelList', {}),
      await rooms[0].call('alerts.deliveryList', {}),
      await rooms[0].call('system.auditList', {}),
      await alerts.tables.selectFrom('alert_channel').selectAll().execute(),
      await alerts.deliveries(),
    ]);
    expect(listed).toContain('did not let alerts in');
    expect(listed).not.toContain('wrong secret');
    expect(listed).not.toContain(Buffer.from('wrong secret').toString('base64'));
    await alerts.send();
    expect((await alerts.deliveries())[0]?.attempts).toBe(1);
    await alerts.saveChannel(byMail(), { channelId });
    expect(await alerts.tryChannel(channelId)).toMatchObject({
      sent: true,
      sentence: `localhost:${mail.port} took the mail for ops@acme.example, night@acme.example.`,
    });
    // What waited goes by the clock of the store, which the test has not moved.
    await alerts.send(10);
    expect((await alerts.deliveries())[0]).toMatchObject({ state: 'sent', attempts: 2, problem: '' });
    // A password that is left out stays.
    await alerts.saveChannel({ ...byMail(), password: undefined } as ChannelConfig, { channelId });
    expect((await alerts.tryChannel(channelId)).sent).toBe(true);
  });

  test.each([
    ['is not trusted', { certificate: '' }, /cannot be reached: .*self.signed certificate/i],
    ['is not there', { port: 1 }, /localhost:1 cannot be reached: .*ECONNREFUSED/],
    [
      'speaks no TLS from the start',
      { security: 'tls' },
      /cannot be reached: .*whether that port speaks TLS/,
    ],
  ])('a mail server that %s is said in words', async (_, wrong, words) => {
    expect(
      (await alerts.tryChannel(await alerts.saveChannel({ ...byMail(), ...wrong } as ChannelConfig)))
        .sentence,
    ).toMatch(words);
  });

  test('a mail server that offers no encryption is given neither the password nor the mail', async () => {
    const plain = await startMailServer(undefined, { offersTls: false });
    try {
      const { sentence } = await alerts.tryChannel(
        await alerts.saveChannel({ ...byMail(), port: plain.port } as ChannelConfig),
      );
      expect(sentence).toMatch(/offers no encryption \(STARTTLS\)/);
      expect([plain.mails, plain.logins]).toEqual([[], []]);
    } finally {
      await plain.close();
    }
  });

  test('an address the server refuses is said of what was sent; the others have it once', async () => {
    mail.refused.add('night@acme.example');
    const channelId = await alerts.saveChannel(byMail());
    await alerts.hostsGo(1);
    await alerts.send();
    await alerts.send(3600);
    expect(mail.mails.map((one) => one.to)).toEqual([['ops@acme.example']]);
    const problem = `localhost:${mail.port} refused night@acme.example: check the address. The others have the mail.`;
    expect((await alerts.deliveries())[0]).toMatchObject({ state: 'sent', attempts: 1, problem });
    expect(await rooms[0].call('alerts.channelList', {})).toMatchObject({
      rows: [{ id: channelId, problem }],
    });
    expect(await alerts.tryChannel(channelId)).toMatchObject({
      sent: true,
      sentence: `localhost:${mail.port} took the mail for ops@acme.example. ${problem}`,
    });
  });

  test('attempts come to an end', async () => {
    await alerts.saveChannel({ kind: 'webhook', url: `${web.url}/hook` });
    web.answer = () => ({ status: 503, text: 'later' });
    await alerts.hostsGo(1);
    for (let at = 0; at < 12; at += 1) await alerts.send(3600);
    expect(web.posts.length).toBe(10);
    expect((await alerts.deliveries())[0]).toMatchObject({
      state: 'failed',
      attempts: 10,
      problem: expect.stringMatching(/answered 503 \(later\)\. .*Given up after 10 attempts\./) as string,
    });
    // Each has its own id, whatever the attempt.
    expect(new Set(web.posts.map((post) => post.headers['x-innkeeper-delivery'])).size).toBe(1);
  });

  test('a webhook is given JSON that is signed, and its address stays a secret', async () => {
    const channelId = await alerts.saveChannel({
      kind: 'webhook',
      url: `${web.url}/hook/t0psecret`,
      secret: 'sign here',
    });
    await alerts.hostsGo(2);
    await alerts.send();
    const [post] = web.posts;
    expect(post?.path).toBe('/hook/t0psecret');
    const [delivery] = await alerts.deliveries();
    expect(JSON.parse(post?.body ?? '')).toMatchObject({
      id: delivery?.id,
      kind: 'firing',
      environment: 'Production',
      title: '2 alerts: 2 critical',
      total: 2,
      counts: { critical: 2, warning: 0, info: 0 },
      alerts: [
        { rule: 'Host unreachable', severity: 'critical', subject: { kind: 'host', name: 'hv0' } },
        {},
      ],
    });
    const [, seconds, given] =
      /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(post?.headers['x-innkeeper-signature'])) ?? [];
    expect(given).toBe(createHmac('sha256', 'sign here').update(`${seconds}.${post?.body}`).digest('hex'));
    expect(post?.headers['x-innkeeper-delivery']).toBe(delivery?.id);
    web.answer = () => ({ status: 302, text: '', headers: { location: 'file:///etc/passwd?t0psecret' } });
    const { sentence } = await alerts.tryChannel(channelId);
    expect(sentence).toMatch(/sends us on to file:\/\/, which is not followed/);
    // Servers like to repeat what they were asked for, and whoever is at that address may repeat the key.
    web.answer = (asked) => ({
      status: 404,
      text: `Cannot POST ${asked.path}: ${web.url}${asked.path}, t0psecret, signed by sign here`,
    });
    await alerts.setHosts({ state: 'connected' });
    await alerts.look(60);
    await alerts.look(60);
    await alerts.send();
    const repeated = await alerts.tryChannel(channelId);
    expect(repeated.sentence).toMatch(/answered 404 \(Cannot POST \[hidden\]/);
    const all = JSON.stringify([
      sentence,
      repeated,
      await rooms[0].call('alerts.deliveryList', {}),
      await alerts.deliveries(),
      await rooms[0].call('alerts.channelList', {}),
      await rooms[0].call('system.auditList', {}),
      await alerts.tables.selectFrom('alert_channel').selectAll().execute(),
    ]);
    expect(all).toContain(new URL(web.url).host);
    expect(all).not.toContain('t0psecret');
    expect(all).not.toContain('sign here');
  });

  test('Slack is given blocks of its form, and what it says is told', async () => {
    const channelId = await alerts.saveChannel({ kind: 'slack', url: `${web.url}/services/T0/B0/x` });
    await alerts.hostsGo(60);
    await alerts.send();
    const body = JSON.parse(web.posts[0]?.body ?? '') as {
      text: string;
      blocks: { type: string; text?: { type: string; text: string } }[];
    };
    expect(web.posts[0]?.headers['content-type']).toContain('application/json');
    expect(body.text).toBe('[Production] 60 alerts: 60 critical');
    expect(body.blocks.map((block) => [block.type, block.text?.type])).toEqual([
      ['header', 'plain_text'],
      ['section', 'mrkdwn'],
      ['context', undefined],
    ]);
    const [header, section] = body.blocks.map((block) => block.text?.text ?? '');
    expect(header?.length).toBeLessThanOrEqual(150);
    expect(section?.length).toBeLessThanOrEqual(3000);
    expect(section).toContain('No &lt;route&gt; to hv0.');
    web.answer = () => ({ status: 403, text: 'invalid_token' });
    expect((await alerts.tryChannel(channelId)).sentence).toBe(
      'Slack did not take the message: it answered 403 (invalid_token). Check the address.',
    );
  });

  test('Telegram is given a message of its form, and is left alone for as long as it asks', async () => {
    const channelId = await alerts.saveChannel({
      kind: 'telegram',
      server: web.url,
      token: '12:abcdef',
      chatId: '-100200300',
    });
    web.answer = () => ({ status: 200, text: JSON.stringify({ ok: true, result: { message_id: 7 } }) });
    await alerts.hostsGo(60);
    await alerts.send();
    expect(web.posts[0]?.path).toBe('/bot12:abcdef/sendMessage');
    const body = JSON.parse(web.posts[0]?.body ?? '') as {
      chat_id: string;
      text: string;
      parse_mode: string;
    };
    expect(body).toMatchObject({ chat_id: '-100200300', parse_mode: 'HTML' });
    expect(body.text.length).toBeLessThanOrEqual(4096);
    // Only the tags and entities its HTML knows: https://core.telegram.org/bots/api#html-style
    expect(body.text.replaceAll(/<\/?b>|&(?:lt|gt|amp);/g, '')).not.toMatch(/[<>&]/);
    expect(await alerts.tryChannel(channelId)).toMatchObject({
      sent: true,
      sentence: 'Telegram took the message for chat -100200300.',
    });
    web.answer = () => ({
      status: 429,
      text: JSON.stringify({
        ok: false,
        error_code: 429,
        description: 'Too Many Requests: retry after 300',
        parameters: { retry_after: 300 },
      }),
    });
    await alerts.setHosts({ state: 'connected' });
    await alerts.look(60);
    await alerts.look(60);
    await alerts.send();
    const waiting = (await alerts.deliveries()).at(-1);
    expect(waiting).toMatchObject({
      state: 'waiting',
      problem: 'Telegram did not take the message: Too Many Requests: retry after 300.',
      next_at_ms: alerts.clock.nowMs + 300_000,
    });
    web.answer = () => ({
      status: 401,
      text: JSON.stringify({ ok: false, error_code: 401, description: 'Unauthorized' }),
    });
    const { sentence } = await alerts.tryChannel(channelId);
    expect(sentence).toBe(
      'Telegram did not take the message: Unauthorized. Check the token of the bot and the chat.',
    );
    expect(JSON.stringify(await rooms[0].call('system.auditList', {}))).not.toContain('12:abcdef');
  });

  test('an engine killed between sending and noting it down: the next one sends the same again, by the same id', async () => {
    await alerts.saveChannel(byMail());
    await alerts.hostsGo(1);
    const { address, keyFile } = rooms[0];
    const child = spawn(process.execPath, [childProcess, address, keyFile, String(alerts.clock.nowMs)], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const ended = new Promise<string>((resolve) =>
      child.once('close', (_code, signal) => resolve(String(signal))),
    );
    // The server has it, and whoever sent it is gone before it is told so.
    mail.onMail = async () => {
      child.kill('SIGKILL');
      await ended;
    };
    expect(await ended).toBe('SIGKILL');
    mail.onMail = () => undefined;
    expect((await alerts.deliveries())[0]).toMatchObject({ state: 'sending', attempts: 1 });
    // It may still be sending, for all the others know.
    await alerts.send(CLAIM_MS / 1000 - 1);
    expect(mail.mails.length).toBe(1);
    await alerts.send(1);
    expect((await alerts.deliveries())[0]).toMatchObject({ state: 'sent', attempts: 2 });
    const [first, second, ...others] = mail.mails.map((one) => headerOf(one, 'message-id'));
    expect(first).toMatch(/^<delivery_[0-9a-z]+@innkeeper\.invalid>$/);
    expect([second, others]).toEqual([first, []]);
  });

  test('of two engines one sends', async () => {
    await alerts.saveChannel({ kind: 'webhook', url: `${web.url}/hook` });
    await alerts.hostsGo(1);
    const other = new AlertsRoom(rooms[1], alerts.clock);
    other.parts = { ...other.parts, sealer: alerts.parts.sealer };
    await Promise.all([alerts.send(), other.send(), alerts.send()]);
    expect(web.posts.length).toBe(1);
  });

  test('what cannot be saved is refused, and what is switched off or deleted waits for nobody', async () => {
    const save = async (config: ChannelConfig) =>
      await rooms[0].call('alerts.channelSave', { name: 'x', enabled: true, leastSeverity: 'info', config });
    expect(await save({ kind: 'webhook' })).toBe('secret-missing');
    expect(await save({ kind: 'webhook', url: 'file:///etc/passwd' })).toBe('address-not-allowed');
    expect(await save({ kind: 'slack', url: 'ftp://hooks.slack.com/x' })).toBe('address-not-allowed');
    expect(await save({ kind: 'webhook', url: 'https://:secret@acme.example/x' })).toBe(
      'address-not-allowed',
    );
    expect(await save({ kind: 'webhook', url: 'https://ada@acme.example/x' })).toBe('address-not-allowed');
    expect(await save({ kind: 'telegram', chatId: '1', token: 't', server: 'javascript:0' })).toBe(
      'address-not-allowed',
    );
    const channelId = await alerts.saveChannel({ kind: 'webhook', url: `${web.url}/hook` });
    expect(
      await rooms[0].call('alerts.channelSave', {
        channelId,
        name: 'ops',
        enabled: true,
        leastSeverity: 'info',
        config: { kind: 'desktop' },
      }),
    ).toBe('kind-differs');
    web.answer = () => ({ status: 500, text: '' });
    await alerts.hostsGo(1);
    await alerts.send();
    await rooms[0].call('alerts.channelSave', {
      channelId,
      name: 'ops',
      enabled: false,
      leastSeverity: 'info',
      config: { kind: 'webhook' },
    });
    expect((await alerts.deliveries())[0]).toMatchObject({
      state: 'failed',
      problem: 'The channel was switched off.',
    });
    await rooms[0].call('alerts.channelDelete', { channelId });
    expect(await alerts.deliveries()).toEqual([]);
  });
});
