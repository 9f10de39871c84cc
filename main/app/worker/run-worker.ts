import type { LoopbackServer } from '../../platform/http/loopback-server.ts';
import { startMetricsServer } from '../../platform/metrics/metrics-server.ts';
import { startEngine, type Engine } from '../build-engine.ts';
import type { Settings } from '../settings/settings.ts';
import { serveUsage } from './serve-usage.ts';

/** An engine without a window, until `signal` aborts: collects, charges, runs tasks. Answers the command line beside it. */
export async function runWorker(settings: Settings, signal: AbortSignal): Promise<number> {
  const engine = await startEngine({ settings, hostKind: 'worker', logToFile: true, joinable: true });
  process.stdout.write(`Innkeeper ${engine.version} works on ${engine.store.address}.\n`);
  const metrics = await serveMetrics(settings, engine);
  const usage = await serveUsage(settings, engine);
  if (usage !== undefined)
    process.stdout.write(`Usage events are taken at http://127.0.0.1:${usage.port}/usage.\n`);
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  await usage?.close();
  await metrics?.close();
  await engine.stop();
  return 0;
}

/** A port that is taken is no reason not to work. */
async function serveMetrics(settings: Settings, engine: Engine): Promise<LoopbackServer | undefined> {
  const { metricsPort: port } = settings;
  if (port === 0) return undefined;
  try {
    const server = await startMetricsServer({ port, text: engine.metrics, log: engine.log });
    process.stdout.write(`Metrics are at http://127.0.0.1:${server.port}/metrics.\n`);
    return server;
  } catch (error) {
    engine.log.error(`Metrics cannot be served on port ${port}: choose another metricsPort.`, { error });
    return undefined;
  }
}
