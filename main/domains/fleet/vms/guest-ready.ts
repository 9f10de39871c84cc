import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { OperatingFailure } from '../../../platform/calls/operating-failure.ts';
import type { DomainRef } from '../../../platform/libvirt/xdr-objects.ts';
import type { OnHost } from './vm-provisioning-parts.ts';
import type { VmProvisionInput } from './vm-provision-input.ts';

/** A slow image on a busy host may take minutes; longer than this it is not coming. */
const PATIENCE_MS = 600_000;
const LOOK_EVERY_MS = 300;
const BANNER_TIMEOUT_MS = 3000;

export interface GuestReady {
  /** Its first address that is not a loopback one; empty where nothing tells it. */
  readonly address: string;
  readonly readyBy: 'guest agent' | 'sshd';
}

/**
 * Waits until the guest's agent answers or its sshd greets, and it has an address.
 * @throws OperatingFailure `guest-stopped` when it powers off meanwhile, `guest-silent` after ten minutes
 */
export async function awaitGuest(
  on: OnHost,
  input: VmProvisionInput,
  options: { signal: AbortSignal; log: (text: string) => void },
): Promise<GuestReady> {
  const { signal } = options;
  const domain = await on.api.domains.lookupByUuid(input.uuid, { signal });
  const untilMs = performance.now() + PATIENCE_MS;
  while (performance.now() < untilMs) {
    signal.throwIfAborted();
    if (!(await on.api.domains.isActive(domain, { signal }))) {
      throw new OperatingFailure({
        code: 'guest-stopped',
        sentence: `${input.name} powered off before it was ready. Its console may say why; check the image and the first-boot script.`,
      });
    }
    const ready = (await byAgent(on, domain, input, signal)) ?? (await bySshd(on, domain, input, signal));
    if (ready) return ready;
    await sleep(LOOK_EVERY_MS, undefined, { signal });
  }
  throw new OperatingFailure({
    code: 'guest-silent',
    sentence: `${input.name} runs, but neither its guest agent nor its sshd answered within ten minutes. Look at its console; the image may lack cloud-init or the network may be the wrong one.`,
  });
}

async function byAgent(
  on: OnHost,
  domain: DomainRef,
  input: VmProvisionInput,
  signal: AbortSignal,
): Promise<GuestReady | undefined> {
  try {
    const interfaces = await on.api.guest.interfaceAddresses(domain, 'agent', { signal, deadlineMs: 8000 });
    const own = interfaces.filter((nic) => nic.mac?.toLowerCase() === input.mac);
    const address = firstUsable(own.flatMap((nic) => nic.addresses.map((one) => one.address)));
    return address === undefined ? undefined : { address, readyBy: 'guest agent' };
  } catch {
    // Not there yet, or not in this image: sshd may be.
    signal.throwIfAborted();
    return undefined;
  }
}

async function bySshd(
  on: OnHost,
  domain: DomainRef,
  input: VmProvisionInput,
  signal: AbortSignal,
): Promise<GuestReady | undefined> {
  const address = input.address?.cidr.split('/')[0] ?? (await leasedAddress(on, domain, input, signal));
  if (address === undefined) return undefined;
  return (await greets(on, address, signal)) ? { address, readyBy: 'sshd' } : undefined;
}

async function leasedAddress(
  on: OnHost,
  domain: DomainRef,
  input: VmProvisionInput,
  signal: AbortSignal,
): Promise<string | undefined> {
  for (const source of ['lease', 'arp'] as const) {
    try {
      const interfaces = await on.api.guest.interfaceAddresses(domain, source, { signal, deadlineMs: 5000 });
      const own = interfaces.filter((nic) => nic.mac?.toLowerCase() === input.mac);
      const address = firstUsable(own.flatMap((nic) => nic.addresses.map((one) => one.address)));
      if (address !== undefined) return address;
    } catch {
      signal.throwIfAborted();
    }
  }
  return undefined;
}

function firstUsable(addresses: readonly string[]): string | undefined {
  return addresses.find(
    (address) => /^\d+\./.test(address) && !address.startsWith('127.') && !address.startsWith('169.254.'),
  );
}

/** Whether an sshd greets at the address, asked from the guest's own host: the admin's network may not reach it. */
async function greets(on: OnHost, address: string, signal: AbortSignal): Promise<boolean> {
  const patience = AbortSignal.any([signal, AbortSignal.timeout(BANNER_TIMEOUT_MS)]);
  try {
    const ssh = await on.link.ssh(patience);
    const stream = await ssh.openTcp(address, 22, patience);
    try {
      const [greeting] = (await once(stream, 'data', { signal: patience })) as [Buffer];
      return greeting.toString('latin1').startsWith('SSH-');
    } finally {
      stream.destroy();
    }
  } catch {
    signal.throwIfAborted();
    return false;
  }
}
