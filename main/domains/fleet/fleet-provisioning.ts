import { done } from '../../../shared/contract/outcome.ts';
import type { AnyTaskDefinition } from '../../platform/tasks/task-definition.ts';
import type { FleetProvisioning } from './fleet-parts.ts';
import type { FleetTables } from './fleet-tables.ts';
import { hostImport } from './hosts/host-import.ts';
import {
  hostImportTask,
  type HostImportCommandParts,
  type HostImportParts,
} from './hosts/host-import-task.ts';
import { placementOf, whyOnNone } from './hosts/host-placement.ts';
import { vmCreate } from './vms/vm-create.ts';
import { vmDelete } from './vms/vm-delete.ts';
import { vmDeleteTask } from './vms/vm-delete-task.ts';
import { vmProvisionTask } from './vms/vm-provision-task.ts';
import type { ProvisioningCommandParts, ProvisioningParts } from './vms/vm-provisioning-parts.ts';
import { vmShutdown } from './vms/vm-shutdown.ts';
import { vmShutdownTask } from './vms/vm-shutdown-task.ts';

/** The operations of the fleet that are durable work. */
export function fleetProvisioning(
  parts: ProvisioningCommandParts & HostImportCommandParts,
): FleetProvisioning {
  return {
    vmCreate: async (input, context) => await vmCreate(parts, input, context),
    vmDelete: async (input, context) => await vmDelete(parts, input, context),
    vmShutdown: async (input, context) => await vmShutdown(parts, input, context),
    hostImport: async (input, context) => await hostImport(parts, input, context),
    hostPlacement: async (input, context) => {
      const db = context.tables<FleetTables>();
      const template =
        input.templateId === undefined ? undefined : await parts.templates.forProvision(db, input.templateId);
      const vm = { ...input, templateId: input.templateId ?? null, os: template?.os ?? '' };
      const rows = await placementOf(db, vm, {
        templateHostIds: template?.hostIds ?? [],
        ...(input.clusterId === null ? {} : { clusterId: input.clusterId }),
      });
      return done({
        rows: rows.map(({ host, cluster, fits, reason, cpusFree, memoryFreeBytes, diskFreeBytes }) => ({
          hostId: host.id,
          host: host.name,
          clusterId: cluster.id,
          cluster: cluster.name,
          fits,
          reason,
          cpusFree,
          memoryFreeBytes,
          diskFreeBytes,
        })),
        whyNowhere: whyOnNone(vm, { rows, clusterId: input.clusterId }),
      });
    },
  };
}

/** Every kind of durable work of the fleet, for the engine to run. */
export function fleetTasks(parts: ProvisioningParts & HostImportParts): AnyTaskDefinition[] {
  return [
    vmProvisionTask(parts),
    vmDeleteTask(parts),
    vmShutdownTask(parts),
    hostImportTask(parts),
  ] as unknown as AnyTaskDefinition[];
}
