import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { UsageRecorded } from '../../../shared/domains/metering/metering-contract.ts';
import { makeQuickFolder } from '../../testing/quick-folder.ts';
import { freePort } from '../../testing/free-port.ts';
import type { Engine } from '../build-engine.ts';
import { serveUsage } from './serve-usage.ts';

const { folder } = makeQuickFolder('innkeeper-usage-');
const usageTokenFile = join(folder, 'token');
const token = 'a-token-that-nobody-guesses';
writeFileSync(usageTokenFile, `${token}\n`);
const closing: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const close of closing) await close();
});

/** Records what it is told; `failing` is what the next calls answer instead. */
function engineFor(failing: { sentence: string }[] = []): {
  engine: Pick<Engine, 'call' | 'log'>;
  told: unknown[];
} {
  const told: unknown[] = [];
  const log = { error: () => undefined } as unknown as Engine['log'];
  const call: Engine['call'] = async (_op, input) => {
    const away = failing.shift();
    if (away !== undefined)
      return { ok: false, error: { kind: 'failure', code: 'store-away', ...away } } as Awaited<
        ReturnType<Engine['call']>
      >;
    const { events } = input as { events: unknown[] };
    told.push(...events);
    const received = events.length;
    const value: UsageRecorded = {
      received,
      counted: received,
      repeated: 0,
      held: 0,
      refused: 0,
      problems: [],
    };
    return { ok: true, value };
  };
  return { engine: { call, log }, told };
}

const event = { id: 'e1', subscriptionId: 'sub_1', meter: 'calls', at: '2026-10-01', quantity: '1' };

test('usage is taken from programs of this machine that know the token', async () => {
  const { engine, told } = engineFor();
  const server = await serveUsage({ usagePort: await freePort(), usageTokenFile }, engine);
  closing.push(async () => await server?.close());
  const send = async (
    body: string,
    headers: Record<string, string> = {},
    path = '/usage',
    method = 'POST',
  ): Promise<[number, string]> => {
    const answer = await fetch(`http://127.0.0.1:${server?.port}${path}`, {
      method,
      ...(method === 'POST' && { body }),
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/x-ndjson', ...headers },
    });
    return [answer.status, await answer.text()];
  };
  const [status, text] = await send(`${JSON.stringify(event)}\nnothing\n`);
  expect([status, JSON.parse(text)]).toEqual([
    200,
    expect.objectContaining({ received: 2, counted: 1, refused: 1 }),
  ]);
  const csv = 'id,subscriptionId,meter,at,quantity\ne2,sub_1,calls,2026-10-01,1';
  expect((await send(csv, { 'content-type': 'text/csv; charset=utf-8' }))[0]).toBe(200);
  expect(told).toEqual([
    { ...event, member: '' },
    { ...event, id: 'e2', member: '' },
  ]);
  expect((await send('', { authorization: 'Bearer another' }))[0]).toBe(401);
  expect((await send('', { 'content-type': 'text/plain' }))[0]).toBe(415);
  expect((await send('', {}, '/metrics'))[0]).toBe(404);
  expect((await send('', {}, '/usage', 'GET'))[0]).toBe(405);
  expect((await send('x'.repeat(70_000)))[0]).toBe(413);
  expect(told).toHaveLength(2);
});

test('what fails is told with what to do, and a token that is missing serves nobody', async () => {
  const { engine, told } = engineFor([{ sentence: 'The database does not answer.' }]);
  const server = await serveUsage({ usagePort: await freePort(), usageTokenFile }, engine);
  closing.push(async () => await server?.close());
  const send = async (): Promise<Response> =>
    await fetch(`http://127.0.0.1:${server?.port}/usage`, {
      method: 'POST',
      body: JSON.stringify(event),
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/x-ndjson' },
    });
  const failed = await send();
  expect([failed.status, await failed.json()]).toEqual([
    503,
    { error: 'The database does not answer. What was sent before is recorded: send all of it again.' },
  ]);
  expect((await send()).status).toBe(200);
  expect(told).toHaveLength(1);
  expect(
    await serveUsage({ usagePort: await freePort(), usageTokenFile: join(folder, 'none') }, engine),
  ).toBeUndefined();
});
