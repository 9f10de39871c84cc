import { setTimeout as sleep } from 'node:timers/promises';
import { OperatingFailure } from '../../platform/calls/operating-failure.ts';
import { affect, domainXmlFlags } from '../../platform/libvirt/flags.ts';
import { isCode } from '../fleet/fleet-public.ts';
import { readDefinition, type Definition } from './definition-read.ts';
import type { OpenVm } from './vm-open.ts';

/** Where a change took effect; `whyNotNow` completes "at its next start: …", empty where it did take effect now. */
export interface Landed {
  readonly now: boolean;
  readonly nextStart: boolean;
  readonly whyNotNow: string;
}

/** A guest answers a polite request to let a device go within moments, or not at all. */
const LET_GO_MS = 15_000;
const LOOK_EVERY_MS = 250;

/** What libvirt says when a running guest cannot take a device, or a change of one, that its definition can. */
export const NOT_WHILE_RUNNING = [
  'VIR_ERR_OPERATION_UNSUPPORTED',
  'VIR_ERR_CONFIG_UNSUPPORTED',
  'VIR_ERR_ARGUMENT_UNSUPPORTED',
  'VIR_ERR_INTERNAL_ERROR',
  'VIR_ERR_OPERATION_FAILED',
];

type Act = (flags: number) => Promise<void>;

/**
 * Does the same to the running instance and to the definition. A guest that cannot take it while it runs gets it at its next start; the
 * definition is changed last, so that a refusal there leaves nothing half done but what the guest was given already.
 */
async function land(vm: OpenVm, act: Act): Promise<Landed> {
  let whyNotNow = '';
  if (vm.live !== null) {
    try {
      await act(affect.live);
    } catch (error) {
      if (vm.next === null || !isCode(error, ...NOT_WHILE_RUNNING)) throw error;
      whyNotNow = `the running guest did not take it (${(error as Error).message.replace(/\.$/, '')})`;
    }
  }
  if (vm.next !== null) await act(affect.config);
  return { now: vm.live !== null && whyNotNow === '', nextStart: vm.next !== null, whyNotNow };
}

/** Puts a device in, the same text in both definitions. */
export async function attachDevice(vm: OpenVm, xml: string): Promise<Landed> {
  return await land(
    vm,
    async (flags) => await vm.api.domains.attachDevice(vm.ref, xml, flags, { signal: vm.signal }),
  );
}

/** Puts a device into the definition of the next start alone: its bus takes nothing while the guest runs. */
export async function attachAtNextStart(vm: OpenVm, xml: string, why: string): Promise<Landed> {
  await vm.api.domains.attachDevice(vm.ref, xml, affect.config, { signal: vm.signal });
  return { now: false, nextStart: true, whyNotNow: vm.live === null ? '' : why };
}

/** Changes a device in both definitions; each is given its own text back, changed. */
export async function updateDevice(
  vm: OpenVm,
  find: (definition: Definition) => string | undefined,
  edit: (xml: string) => string,
  more = 0,
): Promise<Landed> {
  const live = vm.live === null ? undefined : find(vm.live);
  const next = vm.next === null ? undefined : find(vm.next);
  const having = {
    ...vm,
    live: live === undefined ? null : vm.live,
    next: next === undefined ? null : vm.next,
  };
  return await land(having, async (flags) => {
    const xml = flags === affect.live ? live : next;
    if (xml === undefined) return;
    const whole = flags === affect.live ? flags | more : flags;
    await vm.api.domains.updateDevice(vm.ref, edit(xml), whole, { signal: vm.signal });
  });
}

/**
 * Takes a device out of both definitions. A running guest is asked to let go, and waited for; where it does not, the device is gone at its
 * next start.
 */
export async function detachDevice(
  vm: OpenVm,
  find: (definition: Definition) => string | undefined,
): Promise<Landed> {
  const { api, ref, signal } = vm;
  let isGone = true;
  let why = '';
  const live = vm.live === null ? undefined : find(vm.live);
  if (live !== undefined) {
    try {
      await api.domains.detachDevice(ref, live, affect.live, { signal });
      isGone = await letGo(vm, find);
      if (!isGone) why = 'the running guest has not let go of it';
    } catch (error) {
      if (!isCode(error, ...NOT_WHILE_RUNNING)) throw error;
      isGone = false;
      why = `the running guest did not let go of it (${(error as Error).message.replace(/\.$/, '')})`;
    }
  }
  const next = vm.next === null ? undefined : find(vm.next);
  if (!isGone && next === undefined)
    throw new OperatingFailure({
      code: 'guest-holds-device',
      sentence: `The guest has not let go of it: ${why}. Stop using it inside (unmount it), then try again.`,
    });
  if (next !== undefined) await api.domains.detachDevice(ref, next, affect.config, { signal });
  return { now: live !== undefined && isGone, nextStart: next !== undefined, whyNotNow: why };
}

async function letGo(vm: OpenVm, find: (definition: Definition) => string | undefined): Promise<boolean> {
  const isGone = (live: Definition): boolean => find(live) === undefined;
  return isGone(await waitForGuest(vm, isGone));
}

/** Looks at the running instance until it is so, or until a guest that would let go has; gives it as it was seen last. */
export async function waitForGuest(
  { api, ref, signal }: Pick<OpenVm, 'api' | 'ref' | 'signal'>,
  isSo: (live: Definition) => boolean,
): Promise<Definition> {
  const untilMs = performance.now() + LET_GO_MS;
  for (;;) {
    const live = readDefinition(await api.domains.xml(ref, 0, { signal }));
    if (isSo(live) || performance.now() > untilMs) return live;
    await sleep(LOOK_EVERY_MS, undefined, { signal });
  }
}

const TRIES_AGAINST_OTHERS = 8;

/**
 * Rewrites the definition of the next start. libvirt replaces definitions whole, so right before it is written it is read once more: what
 * somebody else (virsh) has changed meanwhile is taken up and edited anew, never written over.
 */
export async function redefine(vm: OpenVm, edit: (xml: string) => string): Promise<void> {
  const { api, ref, signal } = vm;
  const read = async (): Promise<string> =>
    await api.domains.xml(ref, domainXmlFlags.inactive | domainXmlFlags.secure, { signal });
  let before = await read();
  for (let tries = 1; tries <= TRIES_AGAINST_OTHERS; tries++) {
    const changed = edit(before);
    const now = await read();
    if (now === before) {
      await api.domains.define(changed, 0, { signal });
      return;
    }
    before = now;
  }
  throw new OperatingFailure({
    code: 'definition-contended',
    sentence:
      'Somebody else keeps changing the definition of this VM. Nothing was changed; try again when they are done.',
    mayRetry: true,
  });
}
