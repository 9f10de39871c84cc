import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EnginePipe } from '../../shared/contract/messages.ts';
import type { Sealer } from '../platform/secrets/sealer.ts';
import { startEngine } from './build-engine.ts';
import { SharedConsole } from './join/shared-console.ts';
import { InstallationEngines } from './installations/installation-engines.ts';
import type { Settings } from './settings/settings.ts';

export interface ConsoleEngine {
  readonly onPipe: (pipe: EnginePipe) => void;
  readonly stop: () => Promise<void>;
}

/** The engines of a console: a pipe names the installation it is for; unnamed, it is the one the console was started with. */
export interface ConsoleEngines {
  readonly onPipe: (pipe: EnginePipe, installation?: string) => void;
  readonly stop: () => Promise<void>;
}

/**
 * What a console talks to: one engine, or one for each of several installations, opened when it is first asked for. With several, a store that cannot be opened is
 * told to the pages that ask for it; the only one there is must open.
 *
 * @throws as reachStore
 */
export async function consoleEngines(options: {
  settings: Settings;
  hostKind: 'desktop' | 'browser';
  practice: { hosts: number; vms: number } | undefined;
  /** Seals the secrets of one installation; undefined: its key file. */
  sealerFor?: (settings: Settings) => Sealer | undefined;
}): Promise<ConsoleEngines> {
  const { settings, hostKind, practice, sealerFor } = options;
  const open = async (one: Settings): Promise<ConsoleEngine> => {
    const sealer = sealerFor?.(one);
    return await consoleEngine({ settings: one, hostKind, practice, ...(sealer ? { sealer } : {}) });
  };
  if (practice || settings.installations.length === 0) return await open(settings);
  return new InstallationEngines({ settings, open });
}

/**
 * What a console talks to on one store: an engine of its own, or, when another program holds the embedded store, the engine of that one as long as it lives. With `practice` it
 * works on a store that is made for it and goes with it: simulated hosts get new ports and keys at every start, and nothing of them may
 * ever stand among real ones.
 */
async function consoleEngine(options: {
  settings: Settings;
  hostKind: 'desktop' | 'browser';
  practice: { hosts: number; vms: number } | undefined;
  sealer?: Sealer;
}): Promise<ConsoleEngine> {
  return options.practice
    ? await practiceEngine({ ...options, practice: options.practice })
    : await ownOrJoined(options);
}

async function ownOrJoined({
  settings,
  hostKind,
  sealer,
}: {
  settings: Settings;
  hostKind: 'desktop' | 'browser';
  sealer?: Sealer;
}): Promise<ConsoleEngine> {
  return await SharedConsole.open(
    {
      settings,
      hostKind,
      logToFile: true,
      joinable: true,
      installation: settings.installation,
      ...(sealer ? { sealer } : {}),
    },
    (words) =>
      void process.stdout.write(`${settings.installation ? `${settings.installation}: ` : ''}${words}\n`),
  );
}

async function practiceEngine({
  settings,
  hostKind,
  practice,
}: {
  settings: Settings;
  hostKind: 'desktop' | 'browser';
  practice: { hosts: number; vms: number };
}): Promise<ConsoleEngine> {
  // Named so that the next practice fleet sweeps away what a killed console leaves.
  const folder = mkdtempSync(join(tmpdir(), `innkeeper-practice-${process.pid}-`));
  const own = {
    ...settings,
    store: `sqlite:${join(folder, 'practice.sqlite')}`,
    dataFolder: folder,
    keyFile: join(folder, 'secrets.key'),
    // Loads need two looks: people who try things out should not wait half a minute for the second.
    sweepSeconds: Math.min(settings.sweepSeconds, 5),
  };
  const engine = await startEngine({ settings: own, hostKind, logToFile: true, practice });
  return {
    onPipe: (pipe) => engine.serve(pipe),
    stop: async () => {
      await engine.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
