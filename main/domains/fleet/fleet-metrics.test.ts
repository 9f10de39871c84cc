import { execFileSync } from 'node:child_process';
import { request } from 'node:http';
import { afterEach, describe, expect, test } from 'vitest';
import type { LoopbackServer } from '../../platform/http/loopback-server.ts';
import { startMetricsServer } from '../../platform/metrics/metrics-server.ts';
import { familyLines, METRICS_CONTENT_TYPE, sampleLine } from '../../platform/metrics/metrics-text.ts';
import type { Store } from '../../platform/store/store.ts';
import { fleetTestSchema, logForTest } from '../../testing/fleet-for-test.ts';
import { hostRowForTest } from '../../testing/host-row.ts';
import { parseMetricsText } from '../../testing/metrics-text.ts';
import { freePort } from '../../testing/free-port.ts';
import { hasPrometheus, startPrometheus } from '../../testing/prometheus-server.ts';
import { hostSeen, MINUTE_MS, sightingParts, uuidOf, vmSeen } from '../../testing/sightings-for-test.ts';
import { describeOnBothStores, testWhen } from '../../testing/store-for-test.ts';
import { fleetMetrics } from './fleet-metrics.ts';
import { hostSeriesOf } from './series/host-series.ts';
import { loadOf } from './sweep/load-meter.ts';
import { vmSeriesFrom } from './series/prometheus-series.ts';
import { recordSighting } from './sweep/sighting-record.ts';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

const NOW = Date.UTC(2026, 10, 29, 9, 0, 30);
const nasty = 'a "quoted\\" name\nof two lines';

/** Two hosts, one of them with a name that tries the format; three VMs with a minute of load each. */
async function fill(store: Store): Promise<void> {
  const db = store.tables<{ host: ReturnType<typeof hostRowForTest> }>();
  const timings = {
    connectMs: 12,
    sweepMs: 345,
    slowestCall: 'CONNECT_GET_ALL_DOMAIN_STATS',
    slowestCallMs: 300,
  };
  await db
    .insertInto('host')
    .values([
      { ...hostRowForTest('hv1', NOW), cpu_used_percent: 37, timings: JSON.stringify(timings) },
      { ...hostRowForTest('hv2', NOW), name: nasty, state: 'unreachable', seen_at_ms: null },
    ])
    .execute();
  const load = loadOf((field) => (field === 'cpuPercent' ? 12.5 : field === 'netReceiveRate' ? null : 1024));
  const states = ['running', 'paused', 'shut-off'] as const;
  const vms = states.map((state, at) =>
    vmSeen(at + 1, {
      state,
      ...(state === 'shut-off' ? { name: nasty } : { minutes: [{ minute: NOW / MINUTE_MS - 1.5, load }] }),
    }),
  );
  const minutes = [{ minute: NOW / MINUTE_MS - 1.5, load: { ...load, diskReadRate: 2048 } }];
  await recordSighting(sightingParts(store), hostSeen(NOW, vms, { minutes }));
}

/** What was told of the hosts in bytes, of the VM in per cent. */
const share = (percent: number | null): unknown =>
  percent === null ? null : (expect.closeTo(percent / 100, 9) as unknown);

async function textOf(lines: AsyncIterable<string>): Promise<string> {
  let text = '';
  for await (const line of lines) text += line;
  return text;
}

describeOnBothStores('the fleet for Prometheus', ({ openStoreForTest }) => {
  test('is in its format to the letter: hosts, VMs, their load, states and timings', async () => {
    const store = await openStoreForTest(fleetTestSchema);
    await fill(store);
    const text = await textOf(fleetMetrics(store.tables(), { nowMs: NOW }));
    const metrics = parseMetricsText(text);
    const value = (name: string, labels: Record<string, string>): number | undefined =>
      metrics.get(`innkeeper_${name}`)?.samples.get(JSON.stringify(labels));
    for (const [name, { help, type }] of metrics)
      expect([name, help.endsWith('.'), type]).toEqual([name, true, 'gauge']);
    expect(value('host_up', { host: 'hv1' })).toBe(1);
    expect(value('host_up', { host: nasty })).toBe(0);
    expect(value('host_state', { host: nasty, state: 'unreachable' })).toBe(1);
    expect(value('host_state', { host: nasty, state: 'connected' })).toBe(0);
    expect(value('host_cpu_used_ratio', { host: 'hv1' })).toBe(0.37);
    expect(value('host_sweep_duration_seconds', { host: 'hv1' })).toBe(0.345);
    expect(value('host_slowest_call_seconds', { host: 'hv1' })).toBe(0.3);
    expect(value('host_seen_timestamp_seconds', { host: 'hv1' })).toBe(NOW / 1000);
    expect(value('host_seen_timestamp_seconds', { host: nasty })).toBeUndefined();
    expect(value('vm_info', { host: 'hv1', name: nasty, vm: uuidOf(3) })).toBe(1);
    expect(value('vm_state', { state: 'paused', vm: uuidOf(2) })).toBe(1);
    expect([1, 2, 3].map((n) => value('vm_up', { vm: uuidOf(n) }))).toEqual([1, 1, 0]);
    expect(value('vm_cpu_used_ratio', { vm: uuidOf(1) })).toBe(0.125);
    expect(value('vm_network_receive_bytes_per_second', { vm: uuidOf(1) })).toBeUndefined();
    expect(value('vm_disk_read_bytes_per_second', { vm: uuidOf(1) })).toBe(1024);
    // Of a host, what its VMs did together; nothing of one that was not heard.
    expect(value('host_disk_read_bytes_per_second', { host: 'hv1' })).toBe(2048);
    expect(value('host_network_receive_bytes_per_second', { host: 'hv1' })).toBeUndefined();
    expect(value('host_disk_read_bytes_per_second', { host: nasty })).toBeUndefined();
    // One that is off has no load, and an old one is not told.
    expect(value('vm_cpu_used_ratio', { vm: uuidOf(3) })).toBeUndefined();
    const later = parseMetricsText(await textOf(fleetMetrics(store.tables(), { nowMs: NOW + 600_000 })));
    expect(later.get('innkeeper_vm_cpu_used_ratio')?.samples.size).toBe(0);
    if (hasPrometheus) execFileSync('promtool', ['check', 'metrics'], { input: text });
  });

  test('has a bound: what is left out is told', async () => {
    const store = await openStoreForTest(fleetTestSchema);
    await fill(store);
    const metrics = parseMetricsText(await textOf(fleetMetrics(store.tables(), { nowMs: NOW, mostVms: 2 })));
    expect(metrics.get('innkeeper_vm_info')?.samples.size).toBe(2);
    expect(metrics.get('innkeeper_vms_left_out')?.samples.get('{}')).toBe(1);
  });

  testWhen(hasPrometheus)('is read back from Prometheus over long ranges', { timeout: 240_000 }, async () => {
    const store = await openStoreForTest(fleetTestSchema);
    const nowMs = Date.now();
    const atSeconds = Math.floor(nowMs / 1000) - 3 * 86_400;
    const past = (name: string, label: string): string =>
      Array.from({ length: 12 }, (_, n) => `${name}{${label}} ${0.25 + n} ${atSeconds + n * 600}\n`).join('');
    const names = [
      ['innkeeper_vm_cpu_used_ratio', `vm="${uuidOf(1)}"`],
      ['innkeeper_host_cpu_used_ratio', `host=${JSON.stringify(nasty)}`],
      ['innkeeper_host_disk_read_bytes_per_second', 'host="hv1"'],
    ] as const;
    const backfill = `${names.map(([name, label]) => `# TYPE ${name} gauge\n${past(name, label)}`).join('')}# EOF\n`;
    const prometheus = await startPrometheus({ backfill });
    closing.push(prometheus.stop);
    const asked = { uuid: uuidOf(1), range: '30d', nowMs } as const;
    const series = await vmSeriesFrom(store.tables(), prometheus.address, asked);
    expect(series.note).toBe('');
    const known = series.atSeconds.filter((_, n) => series.cpuPercent[n] !== null);
    expect(known[0]).toBeGreaterThan(atSeconds - 1_800);
    expect(known[0]).toBeLessThanOrEqual(atSeconds);
    expect(known.at(-1)).toBeLessThanOrEqual(atSeconds + 11 * 600);
    const values = series.cpuPercent.filter((value) => value !== null);
    expect(values[0]).toBeGreaterThanOrEqual(25);
    expect(values.toSorted((a, b) => a - b)).toEqual(values);
    expect(series.memoryBytes.every((one) => one === null)).toBe(true);
    await fill(store);
    const hosts = { hostIds: ['hv2', 'hv1'], range: '30d', nowMs, prometheus: prometheus.address } as const;
    const [other, first] = await hostSeriesOf(store.tables(), hosts);
    expect(other?.series).toEqual(series);
    expect(first?.series).toMatchObject({ note: '', diskReadBytesPerSecond: series.cpuPercent.map(share) });
    // Short ranges are the store's own.
    const short = await vmSeriesFrom(store.tables(), 'http://127.0.0.1:1', { ...asked, range: '24h' });
    expect(short.note).toBe('');
  });

  test('is read from the store, which is said, when Prometheus does not answer', async () => {
    const store = await openStoreForTest(fleetTestSchema);
    const port = await freePort();
    const asked = { uuid: uuidOf(1), range: '1y', nowMs: NOW } as const;
    const address = `http://127.0.0.1:${port}`;
    await fill(store);
    const series = await vmSeriesFrom(store.tables(), address, asked);
    const host = { hostIds: ['hv1'], range: '1y', nowMs: NOW, prometheus: address } as const;
    expect((await hostSeriesOf(store.tables(), host))[0]?.series.note).toBe(series.note);
    expect(series.note).toMatch(
      new RegExp(
        `^Prometheus at 127\\.0\\.0\\.1:${port} does not answer: .+\\. What the store keeps is shown instead\\.$`,
      ),
    );
    expect(series.cpuPercent).toHaveLength(365 * 4);
  });
});

describe('the server of metrics', () => {
  const serve = async (): Promise<LoopbackServer> => {
    const server = await startMetricsServer({ port: 0, text: told, log: logForTest() });
    closing.push(server.close);
    return server;
  };
  async function* told(): AsyncGenerator<string, void, undefined> {
    yield familyLines({ name: 'x', help: 'One.', type: 'gauge' });
    yield sampleLine('x', {}, Number.NaN) + sampleLine('x', { a: '' }, Number.NEGATIVE_INFINITY);
  }

  test('answers who asks for them, on this machine alone', async () => {
    const { port } = await serve();
    const answer = await fetch(`http://127.0.0.1:${port}/metrics?x=1`);
    expect(answer.headers.get('content-type')).toBe(METRICS_CONTENT_TYPE);
    expect(await answer.text()).toBe('# HELP x One.\n# TYPE x gauge\nx NaN\nx{a=""} -Inf\n');
    const status = async (method: string, path: string, host: string): Promise<number | undefined> =>
      await new Promise((resolve, reject) => {
        request({ port, host: '127.0.0.1', method, path, headers: { host } }, (response) => {
          response.resume();
          resolve(response.statusCode);
        })
          .on('error', reject)
          .end();
      });
    expect(await status('HEAD', '/metrics', 'localhost')).toBe(200);
    expect(await status('POST', '/metrics', 'localhost')).toBe(405);
    expect(await status('GET', '/', 'localhost')).toBe(404);
    expect(await status('GET', '/metrics', `evil.example:${port}`)).toBe(403);
  });

  test.each([
    ['1metric', {}],
    ['metric', { 'a-b': '' }],
  ])('refuses names that are none: %s %j', (name, labels) => {
    expect(() => familyLines({ name, help: '', type: 'gauge' }) + sampleLine(name, labels, 1)).toThrow(
      RangeError,
    );
  });
});
