import type { SchemaStep } from '../../../platform/store/schema-step.ts';

/**
 * A UUID may come back: its hours are of the VM that it was in them. The hour in which one went is kept under that VM's own id, so what
 * comes back in the same hour is counted apart from it (usage-owners.ts).
 */
export const fleetUsageOfGone: SchemaStep = {
  id: '20261201T0015-fleet-usage-of-gone',
  async up(to) {
    const went = `vm_gone.uuid = usage_hour.vm_uuid and vm_gone.gone_at_ms - vm_gone.gone_at_ms % 3600000 = usage_hour.hour_at_ms`;
    await to.run(
      'create index vm_gone_by_uuid on vm_gone (uuid, gone_at_ms)',
      // Of two that went in one hour nobody knows any more what of it was whose: the first has it.
      `update usage_hour set vm_uuid = (select min(id) from vm_gone where ${went})
        where exists (select 1 from vm_gone where ${went})`,
    );
  },
};
