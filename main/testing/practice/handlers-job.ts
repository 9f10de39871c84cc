import { notRunning, qemuRefusal } from './host-refusal.ts';
import type { Migrations } from './migrations.ts';
import type { Handlers } from './procedure-table.ts';
import type { SimulatedHost } from './simulated-host.ts';

/** Jobs of a VM. A practice host finishes what it does before it answers, moves to other hosts apart. */
export function jobHandlers(host: SimulatedHost, migrations: Migrations): Handlers {
  return {
    domainGetJobInfo: ({ dom }) => {
      const { type, params } = migrations.job(dom, false);
      const number = (name: string): number => params[name] ?? 0;
      return {
        type,
        timeElapsed: number('time_elapsed'),
        timeRemaining: 0,
        dataTotal: number('data_total'),
        dataProcessed: number('data_processed'),
        dataRemaining: number('data_remaining'),
        memTotal: number('memory_total'),
        memProcessed: number('memory_processed'),
        memRemaining: number('memory_remaining'),
        fileTotal: number('disk_total'),
        fileProcessed: number('disk_processed'),
        fileRemaining: number('disk_remaining'),
      };
    },
    domainGetJobStats: ({ dom, flags }) => {
      const { type, params } = migrations.job(dom, (flags & 1) !== 0);
      const typed = Object.entries(params).map(([name, value]) => [name, { type: 'ullong', value }] as const);
      return { type, params: Object.fromEntries(typed) };
    },
    domainAbortJob: ({ dom }) => migrations.abort(dom),
    domainMigrateBegin3Params: ({ dom, ...args }, { connection }) => migrations.begin(dom, args, connection),
    domainMigratePrepare3Params: async (args, { connection }) => await migrations.prepare(args, connection),
    domainMigratePerform3Params: async ({ dom, dconnuri, ...args }, { connection }) => {
      if (dconnuri !== null)
        throw qemuRefusal('VIR_ERR_OPERATION_FAILED', `Failed to connect to remote libvirt URI ${dconnuri}`);
      return await migrations.perform(dom, args, connection);
    },
    domainMigrateFinish3Params: async (args) => await migrations.finish(args),
    domainMigrateConfirm3Params: ({ dom, ...args }) => migrations.confirm(dom, args),
    domainMigrateSetMaxDowntime: ({ dom }) => {
      if (host.vm(dom).live === null) throw notRunning();
    },
    domainMigrateSetMaxSpeed: ({ dom }) => void host.vm(dom),
    domainMigrateGetMaxSpeed: ({ dom }) => {
      host.vm(dom);
      return { bandwidth: 9_007_199_254_740_991 };
    },
    domainGetBlockJobInfo: ({ dom, path }) => {
      const vm = host.vm(dom);
      if (vm.live === null) throw notRunning();
      if (!vm.definition.shape.disks.some((disk) => disk.target === path || disk.source === path))
        throw qemuRefusal('VIR_ERR_INVALID_ARG', `disk '${path}' not found in domain`);
      return { found: 0, type: 0, bandwidth: 0, cur: 0, end: 0 };
    },
  };
}
