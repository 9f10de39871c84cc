import { done, refuse } from '../../../shared/contract/outcome.ts';
import type { InputOf } from '../../../shared/contract/operation.ts';
import type { hardwareContract } from '../../../shared/domains/hardware/hardware-contract.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import { setBootOrder } from './boot-order-set.ts';
import { bootOrderOf, type BootEntry } from './device-xml.ts';
import type { HardwareParts } from './hardware-parts.ts';
import { changeVm, type ChangeOutcome } from './vm-open.ts';

type Input = InputOf<(typeof hardwareContract)['vmBootOrder']>;

/** Says from what a VM starts; a running one goes on as it was started. */
export async function vmBootOrder(
  parts: HardwareParts,
  input: Input,
  context: CallContext,
): Promise<ChangeOutcome<'no-such-device'>> {
  return await changeVm(parts, { vmId: input.vmId, action: 'bootOrder', context }, async (vm) => {
    const { name } = vm.vm;
    const { next } = vm;
    if (next === null)
      return refuse('not-now', { name, reason: 'it has no definition: it is gone when it stops' });
    const order = input.order.map(({ kind, id }) => ({ kind, id: kind === 'nic' ? id.toLowerCase() : id }));
    const unknown = order.find(({ kind, id }) =>
      kind === 'disk'
        ? !next.disks.some((disk) => disk.target === id)
        : !next.nics.some((nic) => nic.mac === id),
    );
    if (unknown !== undefined)
      return refuse('no-such-device', {
        name,
        kind: unknown.kind === 'disk' ? 'disk' : 'network card',
        id: unknown.id,
      });
    await setBootOrder({ ...vm, next }, order);
    const words = (entries: readonly BootEntry[]): string => entries.map((entry) => entry.id).join(', ');
    return done({
      effects: [
        {
          what: 'Boot order',
          from: words(bootOrderOf(next)),
          to: words(order),
          when: 'next-start' as const,
          why: vm.live === null ? '' : 'it is read when the VM starts',
        },
      ],
    });
  });
}
