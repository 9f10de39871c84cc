import { sql } from 'kysely';
import { clauseSentence } from '../../../../shared/kernel/clause-sentence.ts';
import { bulkWords } from '../../../../shared/domains/bulk/bulk-rules.ts';
import { whyNot, type VmAction } from '../../../../shared/domains/fleet/vm-action-rules.ts';
import { VM_STATES, type VmState } from '../../../../shared/domains/fleet/vm-rules.ts';
import type { LibvirtApi } from '../../../platform/libvirt/libvirt-api.ts';
import {
  LibvirtConnectionLost,
  LibvirtError,
  LibvirtTimeout,
} from '../../../platform/libvirt/libvirt-errors.ts';
import type { DomainRef } from '../../../platform/libvirt/xdr-objects.ts';
import type { VmOnHostNow } from '../../fleet/fleet-public.ts';
import type {
  BulkActionDefinition,
  HostAct,
  HostItem,
  HostWork,
  ItemResult,
  StoredWhat,
  Verdict,
  VerdictContext,
} from '../bulk-action.ts';
import { moving } from '../bulk-item-store.ts';
import { staleHost } from '../bulk-set.ts';

export interface PowerAction {
  readonly action: Extract<VmAction, StoredWhat['action']>;
  /** States in which there is nothing to do. */
  readonly already: readonly VmState[];
  /** States that show that it was done; absent where no state does, so that an unknown outcome stays unknown. */
  readonly reached?: readonly VmState[];
  /** Cuts off what runs: asked for the right to it first. */
  readonly destroys?: boolean;
  readonly act: (api: LibvirtApi, ref: DomainRef, signal: AbortSignal) => Promise<unknown>;
  readonly undo?: BulkActionDefinition['undo'];
}

/** An action on the power of VMs, over the connections of the engine that works on it. */
export function powerAction(power: PowerAction): BulkActionDefinition {
  return {
    action: power.action,
    permission: 'fleet.operate',
    verdicts: async (_what, context) => stateVerdicts(power.action, power.already, context),
    work: { kind: 'host', act: actOnce(power) },
    ...(power.undo ? { undo: power.undo } : {}),
  };
}

/** Those whose host is not heard, that are so already, and whose state does not allow it: the rules of a single VM. */
export function stateVerdicts(
  action: PowerAction['action'],
  already: readonly VmState[],
  { nowMs, parts }: Pick<VerdictContext, 'nowMs' | 'parts'>,
): Verdict[] {
  const byReason = new Map<string, VmState[]>();
  for (const state of VM_STATES) {
    const reason = already.includes(state) ? null : whyNot(action, state);
    if (reason !== null) byReason.set(reason, [...(byReason.get(reason) ?? []), state]);
  }
  return [
    staleVerdict(nowMs, parts.staleAfterMs),
    {
      kind: 'refused',
      code: moving.code,
      why: moving.reason,
      wayOut: 'Wait for the move',
      when: sql`vm.moving_to is not null`,
    },
    ...(already.length === 0
      ? []
      : [
          {
            kind: 'skipped' as const,
            code: 'already',
            why: clauseSentence(`it is ${bulkWords[action].already}`),
            wayOut: '',
            when: inStates(already),
          },
        ]),
    ...[...byReason].map(([reason, states]) => ({
      kind: 'refused' as const,
      code: 'not-now',
      why: clauseSentence(reason),
      wayOut: '',
      when: inStates(states),
    })),
  ];
}

export function staleVerdict(nowMs: number, staleAfterMs: number): Verdict {
  return {
    kind: 'refused',
    code: 'host-away',
    why: 'Its host was not heard lately: the order could not be delivered.',
    wayOut: 'Retry when the host answers',
    when: staleHost(nowMs, staleAfterMs),
  };
}

function inStates(states: readonly VmState[]): Verdict['when'] {
  return sql`vm.state in (${sql.join(states.map((state) => sql.lit(state)))})`;
}

function actOnce(power: PowerAction): HostAct {
  return async (work, item) => {
    const now = await work.look(item);
    const end = endOf(power, item, now);
    if (end !== undefined) return end;
    if (now === undefined) return gone;
    if (power.destroys === true) await work.stillOurs();
    try {
      await power.act(work.api, now.ref, work.signal);
    } catch (error) {
      return await afterError(power, work, { item, error });
    }
    return { state: 'done', before: JSON.stringify({ state: now.state }) };
  };
}

/** What needs no act: done by an engine that died, so already, or not possible. */
function endOf(power: PowerAction, item: HostItem, now: VmOnHostNow | undefined): ItemResult | undefined {
  if (now === undefined) return gone;
  if (item.begunBefore && power.reached === undefined) return outcomeUnknown;
  if (item.begunBefore && power.reached?.includes(now.state) === true) return { state: 'done' };
  return notPossible(power, now.state);
}

function notPossible(power: PowerAction, state: VmState): ItemResult | undefined {
  if (power.already.includes(state)) {
    return {
      state: 'skipped',
      code: 'already',
      reason: clauseSentence(`it is ${bulkWords[power.action].already}`),
    };
  }
  const reason = whyNot(power.action, state);
  return reason === null ? undefined : { state: 'refused', code: 'not-now', reason: clauseSentence(reason) };
}

/** Somebody was faster, or the answer was lost: what it is now decides. */
async function afterError(
  power: PowerAction,
  work: HostWork,
  failed: { item: HostItem; error: unknown },
): Promise<ItemResult> {
  const { item, error } = failed;
  const wasFaster =
    error instanceof LibvirtError &&
    (error.codeName === 'VIR_ERR_OPERATION_INVALID' || error.codeName === 'VIR_ERR_NO_DOMAIN');
  if (wasFaster) {
    const now = await work.look(item);
    const end = now === undefined ? gone : notPossible(power, now.state);
    if (end !== undefined) return end;
    throw error;
  }
  if (!isOutcomeUnknown(error)) throw error;
  // The connection is made anew by whoever asks; a host that stays away leaves the outcome unknown.
  const now = await work.look(item).catch(() => undefined);
  if (now !== undefined && power.reached?.includes(now.state) === true) return { state: 'done' };
  return outcomeUnknown;
}

export function isOutcomeUnknown(error: unknown): boolean {
  return (
    (error instanceof LibvirtConnectionLost && !error.effectKnown) ||
    (error instanceof LibvirtTimeout && error.wasSent)
  );
}

export const gone: ItemResult = { state: 'refused', code: 'gone', reason: 'It is no longer on its host.' };

export const outcomeUnknown: ItemResult = {
  state: 'failed',
  code: 'outcome-unknown',
  reason:
    'It was asked, and the answer was lost: whether it was done is not known. Look at the VM, then try it again.',
};
