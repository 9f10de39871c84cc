import { afterEach, expect, test, vi } from 'vitest';
import { parseMetricsText } from '../../testing/metrics-text.ts';
import { programForTest } from '../../testing/program-for-test.ts';
import { freePort } from '../../testing/free-port.ts';
import { hasPrometheus, startPrometheus } from '../../testing/prometheus-server.ts';

const PATIENCE = { timeout: 120_000 };
const soon = { timeout: 60_000, interval: 100 };

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

test('a worker serves its fleet to Prometheus, on this machine alone', PATIENCE, async () => {
  const port = await freePort();
  const program = programForTest({ environment: { INNKEEPER_METRICS_PORT: String(port) } });
  closing.push(program.close);
  await program.startWorker();
  const read = async (): Promise<string> => {
    const answer = await fetch(`http://127.0.0.1:${port}/metrics`);
    return await answer.text();
  };
  const metrics = parseMetricsText(await vi.waitFor(read, soon));
  expect([...(metrics.get('innkeeper_build_info')?.samples.values() ?? [])]).toEqual([1]);
  expect(metrics.get('innkeeper_vms_left_out')?.samples.get('{}')).toBe(0);
  if (!hasPrometheus) return;
  const prometheus = await startPrometheus({ target: `127.0.0.1:${port}` });
  closing.push(prometheus.stop);
  await vi.waitFor(async () => {
    const up = await fetch(`${prometheus.address}/api/v1/query?query=up{job="innkeeper"}`);
    expect(await up.json()).toMatchObject({ data: { result: [{ value: [expect.any(Number), '1'] }] } });
  }, soon);
});
