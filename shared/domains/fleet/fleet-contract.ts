import { clusterOperations } from './cluster-contract.ts';
import { hostImportOperations } from './host-import-contract.ts';
import { hostOperations } from './host-contract.ts';
import { vmOperations } from './vm-contract.ts';

/** Clusters, the hosts in them and the VMs on those. */
export const fleetContract = {
  ...clusterOperations,
  ...hostOperations,
  ...hostImportOperations,
  ...vmOperations,
} as const;
