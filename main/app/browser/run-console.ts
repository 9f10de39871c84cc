import { consoleEngines } from '../console-engine.ts';
import { rendererFolder } from '../program-folders.ts';
import { installationFacts } from '../settings/installations.ts';
import type { Settings } from '../settings/settings.ts';
import { startBrowserHost } from './browser-host.ts';

export interface OpenConsole {
  /** With its one-time token. */
  readonly address: string;
  close(): Promise<void>;
}

/** The console in the browser, on 127.0.0.1. */
export async function runConsole(options: {
  settings: Settings;
  practice: { hosts: number; vms: number } | undefined;
}): Promise<OpenConsole> {
  const engine = await consoleEngines({ ...options, hostKind: 'browser' });
  const host = await startBrowserHost({
    port: options.settings.port,
    pages: rendererFolder,
    onPipe: engine.onPipe,
    installations: options.practice ? [] : installationFacts(options.settings),
  }).catch(async (error: unknown) => {
    await engine.stop();
    throw error;
  });
  return {
    address: host.address,
    close: async () => {
      await host.close();
      await engine.stop();
    },
  };
}
