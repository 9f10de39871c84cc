import { OperatingFailure } from '../../platform/calls/operating-failure.ts';
import { readSettings, SettingsError } from '../settings/settings.ts';
import { StoreError } from '../../platform/store/store-error.ts';
import { runWorker } from './run-worker.ts';

// Entry of the systemd service (resources/systemd/innkeeper-worker.service).
const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
try {
  process.exitCode = await runWorker(readSettings({ environment: process.env }), stop.signal);
} catch (error) {
  const isForPeople =
    error instanceof SettingsError || error instanceof StoreError || error instanceof OperatingFailure;
  if (!isForPeople) throw error;
  process.stderr.write(`innkeeper: ${error.message}\n`);
  process.exitCode = error instanceof SettingsError ? 2 : 4;
}
