import type { InstallationFacts } from '../../shared/contract/installation.ts';
import { portTransport } from './port-transport.ts';
import type { Transport } from './transport.ts';
import { webSocketTransport } from './websocket-transport.ts';

/** What hosts the engines a page talks to: the desktop's shell, or the browser host. */
export interface EngineHost {
  /** What the console can switch between, the one opened first before the others; empty where there is one store. */
  installations(): Promise<readonly InstallationFacts[]>;
  /** A way to the engine of an installation; empty: the only one. */
  transport(installation: string): Transport;
}

const LIST_PATH = '/installations.json';

/** The desktop's bridge where there is one, else the browser host. */
export function pickEngineHost(): EngineHost {
  const bridge = window.innkeeper;
  if (bridge)
    return {
      installations: async () => (await bridge.ask('installations')) as readonly InstallationFacts[],
      transport: (installation) => portTransport(bridge, installation),
    };
  return {
    installations: async () => (await (await fetch(LIST_PATH)).json()) as readonly InstallationFacts[],
    transport: (installation) => webSocketTransport(window.location, installation),
  };
}
