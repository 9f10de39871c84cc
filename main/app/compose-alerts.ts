import { customersContract } from '../../shared/domains/customers/customers-contract.ts';
import { fleetContract } from '../../shared/domains/fleet/fleet-contract.ts';
import { tasksContract } from '../../shared/domains/tasks/tasks-contract.ts';
import type { AlertsParts, CountedList } from '../domains/alerts/alerts-parts.ts';
import { RecentCpu } from '../domains/fleet/fleet-public.ts';
import { readEnvironment } from '../domains/system/setting-store.ts';
import type { CallContext } from '../platform/calls/call-context.ts';
import type { Store } from '../platform/store/store.ts';
import type { AllHandlers } from './engine/engine-parts.ts';

/** The lists of all domains, asked for their counts; their handlers are made after the domains that count. */
export class LateLists {
  readonly #store: Store;
  handlers: AllHandlers | undefined;

  constructor(store: Store) {
    this.#store = store;
  }

  /** How many rows a list has for a query: the list itself is asked for no row, so that both always agree. */
  async countOf(list: CountedList, query: string): Promise<number> {
    const { handlers } = this;
    if (handlers === undefined) throw new Error('a list was asked before the engine was assembled');
    const context = readingContext(this.#store);
    const page = { query, limit: 0 };
    const answers = {
      vms: async () => await handlers.fleet.vmList(fleetContract.vmList.input.parse(page), context),
      hosts: async () => await handlers.fleet.hostList(fleetContract.hostList.input.parse(page), context),
      tasks: async () => await handlers.tasks.taskList(tasksContract.taskList.input.parse(page), context),
      customers: async () =>
        await handlers.customers.customerList(customersContract.customerList.input.parse(page), context),
    };
    const answer = await answers[list]();
    if (!answer.ok) throw new Error(`the list of ${list} refused to be counted`);
    return answer.value.total;
  }
}

export function composeAlerts(
  { store, sealer, log }: Pick<AlertsParts, 'store' | 'sealer' | 'log'>,
  lists: LateLists,
): AlertsParts {
  return {
    store,
    sealer,
    log,
    nowMs: store.nowMs,
    recentCpu: new RecentCpu(store.kind),
    countOf: async (list, query) => await lists.countOf(list, query),
    environmentName: async (db) => (await readEnvironment(db)).name,
  };
}

/** A list reads and changes nothing. */
function readingContext(store: Store): CallContext {
  return {
    actor: { id: 'system', login: 'system', name: 'Innkeeper', role: 'observer' },
    operation: 'alerts.count',
    operationId: 'op_count',
    signal: new AbortController().signal,
    tables: <T>() => store.tables<T>(),
    note: async () => await Promise.reject(new Error('a list changes nothing')),
    subject: () => undefined,
  };
}
