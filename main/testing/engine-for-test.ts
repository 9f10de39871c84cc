import { ROLES, type Role } from '../../shared/domains/access/role-rules.ts';
import { accessHandlers } from '../domains/access/access-handlers.ts';
import { accessPeople } from '../domains/access/schema/20261122T1000-access-people.ts';
import { systemSetting } from '../domains/system/schema/20261122T1001-system-setting.ts';
import { systemHandlers } from '../domains/system/system-handlers.ts';
import type { Actor, Caller } from '../platform/calls/call-context.ts';
import type { Log } from '../platform/log/log.ts';
import type { Store } from '../platform/store/store.ts';
import type { AllHandlers, EngineParts } from '../app/engine/engine-parts.ts';

export const schemaForEngineTest = [accessPeople, systemSetting];

export const silentLog: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  with: () => silentLog,
  close: async () => undefined,
};

export function actor(role: Role = 'administrator'): Actor {
  return {
    id: `person_${role}`,
    login: Object.keys(ROLES).includes(role) ? role : 'nobody',
    name: role,
    role,
  };
}

/** A caller whose rights do not change. */
export function callerForTest(role: Role = 'administrator'): Caller {
  return { current: async () => actor(role), onChange: () => () => undefined };
}

/** An engine of the two domains that need no outside world; `override` swaps single handlers for ones that hold still or fail. */
export function engineForTest(
  store: Store,
  override: {
    access?: Partial<AllHandlers['access']>;
    system?: Partial<AllHandlers['system']>;
    tasks?: Partial<AllHandlers['tasks']>;
    fleet?: Partial<AllHandlers['fleet']>;
  } = {},
): EngineParts & { stop: () => void } {
  const stopping = new AbortController();
  const system = systemHandlers({
    store,
    facts: {
      version: '0',
      engineId: 'engine_test',
      hostKind: 'cli',
      startedAt: new Date(0).toISOString(),
      logFolder: '',
      settingsFile: '',
      schema: '1',
      secrets: { available: true, detail: 'a key file' },
    },
    storeFile: undefined,
    searches: [],
    overview: {
      fleet: async () => ({ hosts: 0, vms: 0, hostsUnheard: [] }),
      money: async () => [],
      exceptions: [],
    },
    openPractice: undefined,
  });
  return {
    engineId: 'engine_test',
    version: '0',
    store,
    storeId: 'store_test',
    // The other domains' operations are not called in these tests.
    handlers: {
      system: { ...system, ...override.system },
      access: { ...accessHandlers(), ...override.access },
      tasks: { ...override.tasks },
      fleet: { ...override.fleet },
    } as AllHandlers,
    log: silentLog,
    stopping: stopping.signal,
    stop: () => stopping.abort(),
  };
}
