import type { DomainHandlers } from '../../../shared/contract/handlers.ts';
import type { hardwareContract } from '../../../shared/domains/hardware/hardware-contract.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import type { HardwareCommandParts } from './hardware-parts.ts';
import { vmBootOrder } from './vm-boot-order.ts';
import { vmClone } from './vm-clone.ts';
import { vmDiskAdd } from './vm-disk-add.ts';
import { vmDiskAttach, vmDiskDetach, vmDiskGrow } from './vm-disk-change.ts';
import { vmDiskDelete } from './vm-disk-delete.ts';
import { vmHardware, vmHardwareChoices } from './vm-hardware.ts';
import { vmAutostart, vmPassword, vmRename } from './vm-identity.ts';
import { vmMediaEject, vmMediaInsert } from './vm-media-change.ts';
import { vmNicAdd, vmNicChange, vmNicRemove } from './vm-nic-change.ts';
import { vmRescueEnd, vmRescueStart } from './vm-rescue.ts';
import { vmResize, vmResizePlan } from './vm-resize.ts';
import { vmSnapshotDelete, vmSnapshotMake, vmSnapshotRevert, vmSnapshots } from './vm-snapshots.ts';

type Handlers = DomainHandlers<typeof hardwareContract, CallContext>;

export function hardwareHandlers(parts: HardwareCommandParts): Handlers {
  return {
    vmHardware: async (input, context) => await vmHardware(parts, input, context),
    vmHardwareChoices: async (input, context) => await vmHardwareChoices(parts, input, context),
    vmResizePlan: async (input, context) => await vmResizePlan(parts, input, context),
    vmResize: async (input, context) => await vmResize(parts, input, context),
    vmDiskAdd: async (input, context) => await vmDiskAdd(parts, input, context),
    vmDiskGrow: async (input, context) => await vmDiskGrow(parts, input, context),
    vmDiskAttach: async (input, context) => await vmDiskAttach(parts, input, context),
    vmDiskDetach: async (input, context) => await vmDiskDetach(parts, input, context),
    vmDiskDelete: async (input, context) => await vmDiskDelete(parts, input, context),
    vmNicAdd: async (input, context) => await vmNicAdd(parts, input, context),
    vmNicChange: async (input, context) => await vmNicChange(parts, input, context),
    vmNicRemove: async (input, context) => await vmNicRemove(parts, input, context),
    vmMediaInsert: async (input, context) => await vmMediaInsert(parts, input, context),
    vmMediaEject: async (input, context) => await vmMediaEject(parts, input, context),
    vmBootOrder: async (input, context) => await vmBootOrder(parts, input, context),
    vmRescueStart: async (input, context) => await vmRescueStart(parts, input, context),
    vmRescueEnd: async (input, context) => await vmRescueEnd(parts, input, context),
    vmSnapshots: async (input, context) => await vmSnapshots(parts, input, context),
    vmSnapshotMake: async (input, context) => await vmSnapshotMake(parts, input, context),
    vmSnapshotRevert: async (input, context) => await vmSnapshotRevert(parts, input, context),
    vmSnapshotDelete: async (input, context) => await vmSnapshotDelete(parts, input, context),
    vmClone: async (input, context) => await vmClone(parts, input, context),
    vmPassword: async (input, context) => await vmPassword(parts, input, context),
    vmRename: async (input, context) => await vmRename(parts, input, context),
    vmAutostart: async (input, context) => await vmAutostart(parts, input, context),
  };
}
