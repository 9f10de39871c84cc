import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from './free-port.ts';

export const hasPrometheus = existsSync('/usr/bin/prometheus');

export interface PrometheusServer {
  /** `http://127.0.0.1:PORT` */
  readonly address: string;
  stop(): Promise<void>;
}

const READY_MS = 120_000;

/**
 * Prometheus itself (Debian's package), on a free port and a folder of its own. It knows what `backfill` says (OpenMetrics text with
 * times) and collects from `target` (`host:port`) five times a second.
 */
export async function startPrometheus(
  options: { backfill?: string; target?: string } = {},
): Promise<PrometheusServer> {
  const folder = mkdtempSync(join(tmpdir(), 'innkeeper-prometheus-'));
  const port = await freePort();
  const jobs =
    options.target === undefined
      ? []
      : [{ job_name: 'innkeeper', static_configs: [{ targets: [options.target] }] }];
  const configuration = join(folder, 'prometheus.yml');
  const data = join(folder, 'data');
  // YAML holds JSON.
  writeFileSync(
    configuration,
    JSON.stringify({ global: { scrape_interval: '200ms' }, scrape_configs: jobs }),
  );
  if (options.backfill !== undefined) {
    const text = join(folder, 'past.txt');
    writeFileSync(text, options.backfill);
    execFileSync('promtool', ['tsdb', 'create-blocks-from', 'openmetrics', '--quiet', text, data]);
  }
  const child = spawn(
    'prometheus',
    [
      `--config.file=${configuration}`,
      `--storage.tsdb.path=${data}`,
      '--storage.tsdb.retention.time=10y',
      `--web.listen-address=127.0.0.1:${port}`,
      '--log.level=error',
    ],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
  const gone = once(child, 'exit').then(() => 'gone' as const);
  const address = `http://127.0.0.1:${port}`;
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    await gone;
    rmSync(folder, { recursive: true, force: true });
  };
  for (const until = performance.now() + READY_MS; ;) {
    const isReady = await fetch(`${address}/-/ready`).then(
      (response) => response.ok,
      () => false,
    );
    if (isReady) return { address, stop };
    if (performance.now() > until || (await Promise.race([gone, sleep(50)])) === 'gone') {
      await stop();
      throw new Error('Prometheus did not start; what it said stands above.');
    }
  }
}
