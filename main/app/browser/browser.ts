import { parseArgs } from 'node:util';
import { OperatingFailure } from '../../platform/calls/operating-failure.ts';
import { StoreError } from '../../platform/store/store-error.ts';
import { practiceSize } from '../practice-size.ts';
import { readSettings, SettingsError } from '../settings/settings.ts';
import { openInBrowser } from './open-in-browser.ts';
import { runConsole } from './run-console.ts';

// Entry of the console in the browser: what `npm start` runs where there is no desktop runtime or display.
const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => stop.abort());

try {
  const { values } = parseArgs({
    options: {
      practice: { type: 'boolean', default: false },
      'no-open': { type: 'boolean', default: false },
      browser: { type: 'boolean', default: false },
      store: { type: 'string' },
      port: { type: 'string' },
      login: { type: 'string' },
      installation: { type: 'string' },
      hosts: { type: 'string' },
      vms: { type: 'string' },
    },
  });
  const { store, port, login, installation } = values;
  const settings = readSettings({
    environment: process.env,
    arguments: {
      ...(store === undefined ? {} : { store }),
      ...(port === undefined ? {} : { port }),
      ...(login === undefined ? {} : { login }),
      ...(installation === undefined ? {} : { installation }),
    },
  });
  const practice = values.practice ? practiceSize(values) : undefined;
  const opened = await runConsole({ settings, practice });
  process.stdout.write(`Innkeeper is open at ${opened.address}\n`);
  if (!values['no-open']) openInBrowser(opened.address);
  await new Promise<void>((resolve) =>
    stop.signal.addEventListener('abort', () => resolve(), { once: true }),
  );
  await opened.close();
  process.exit(0);
} catch (error) {
  const isForPeople =
    error instanceof SettingsError ||
    error instanceof StoreError ||
    error instanceof OperatingFailure ||
    (error instanceof TypeError && 'code' in error);
  if (!isForPeople) throw error;
  process.stderr.write(`innkeeper: ${error.message}\n`);
  process.exit(error instanceof StoreError || error instanceof OperatingFailure ? 4 : 2);
}
