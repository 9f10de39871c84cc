import type { z } from 'zod';
import type { InputOf } from '../../../../shared/contract/operation.ts';
import type { fleetContract } from '../../../../shared/domains/fleet/fleet-contract.ts';
import { InputRejected } from '../../../platform/calls/input-rejected.ts';
import { systemSockets } from '../../../platform/libvirt/dialer.ts';
import { LibvirtConnection } from '../../../platform/libvirt/libvirt-connection.ts';
import { connectSsh, type SshOptions } from '../../../platform/ssh/ssh-connect.ts';
import type { SshConnection } from '../../../platform/ssh/ssh-connection.ts';
import { SshError, isSshError } from '../../../platform/ssh/ssh-error.ts';
import type { HostKey } from '../../../platform/ssh/ssh-key.ts';
import { connectWithPasswordOnce } from '../../../platform/ssh/ssh-key-install.ts';
import { sshDialer } from '../../../platform/ssh/ssh-pool.ts';
import { whereIs, type SshAuth, type SshTarget } from '../../../platform/ssh/ssh-target.ts';
import type { StoredJump } from './host-store.ts';

export type DoorInput = InputOf<typeof fleetContract.hostProbe>;

/** A host entered for the first time. */
export interface EnteredHost {
  readonly ssh: SshConnection;
  readonly libvirt: LibvirtConnection;
  readonly hostKey: HostKey;
  readonly jumps: readonly StoredJump[];
  close(): Promise<void>;
}

/**
 * Enters a host a person has described, without anything of it being in the store. With `install`, a password is used once to
 * put that key there. Throws SshError, LibvirtError or LibvirtAuthenticationError, then nothing stays open.
 */
export async function enterHost(
  input: DoorInput,
  options: { readonly install?: { readonly privateKey: string }; readonly signal: AbortSignal },
): Promise<EnteredHost> {
  const hops = hopsOf(input);
  const ssh = await withConfirmedKeys(input, hops, async (keyed) => await dial(keyed, input.auth, options));
  try {
    const sockets = input.socketPath === undefined ? systemSockets : [input.socketPath];
    const libvirt = await LibvirtConnection.open({ dial: sshDialer(ssh, sockets), signal: options.signal });
    return {
      ssh,
      libvirt,
      ...knownBy(hops, ssh.hostKeys),
      close: async () => {
        await libvirt.close();
        await ssh.close();
      },
    };
  } catch (error) {
    await ssh.close();
    throw error;
  }
}

type Hop = Pick<SshTarget, 'host' | 'user'> & {
  port: number;
  hostKey?: HostKey;
  acceptedFingerprints?: ReadonlySet<string>;
};

/** The jump hosts and, last, the host itself. */
function hopsOf(input: DoorInput): Hop[] {
  const jumps = input.jump.map((words, index) => {
    const found = /^(?:([^@\s]+)@)?(?:\[([^\]\s]+)\]|([^:\s]+))(?::(\d{1,5}))?$/.exec(words.trim());
    const host = found?.[2] ?? found?.[3];
    if (found === null || host === undefined) {
      throw new InputRejected(`jump.${index}`, 'a jump host is written user@address:port');
    }
    return { user: found[1] ?? input.user, host, port: Number(found[4] ?? 22) };
  });
  return [...jumps, { user: input.user, host: input.address, port: input.port }];
}

/**
 * Dials until every hop is known by a key that was confirmed, or one is not. Whoever goes through jump hosts brings the
 * fingerprints of all of them: nothing is remembered from one call to the next, where somebody else may ask.
 */
async function withConfirmedKeys(
  input: DoorInput,
  hops: Hop[],
  attempt: (hops: readonly Hop[]) => Promise<SshConnection>,
): Promise<SshConnection> {
  const accepted = new Set((input.acceptedFingerprint ?? '').split(/[\s,]+/).filter((one) => one !== ''));
  const [only] = hops;
  // Of one hop it is clear whose key was confirmed: that spares the dialling that would only ask for it.
  if (hops.length === 1 && only) only.acceptedFingerprints = accepted;
  for (;;) {
    try {
      return await attempt(hops);
    } catch (error) {
      const hop = hops.find((one) => isSshError(error) && whereIs(one) === error.facts.where);
      if (!isSshError(error, 'host-key-unknown') || hop === undefined || error.hostKey === undefined)
        throw error;
      if (!accepted.has(error.hostKey.fingerprint))
        throw hops.length > 1 ? error : changedMeanwhile(error, accepted);
      hop.hostKey = error.hostKey;
    }
  }
}

/** Somebody has confirmed a key, and the host shows another one. */
function changedMeanwhile(error: SshError, accepted: ReadonlySet<string>): SshError {
  const [fingerprint] = accepted;
  if (fingerprint === undefined) return error;
  const pinnedHostKey = { algorithm: 'confirmed', fingerprint };
  return new SshError('host-key-changed', { ...error.facts, pinnedHostKey }, error);
}

async function dial(
  hops: readonly Hop[],
  auth: DoorInput['auth'],
  options: { install?: { privateKey: string }; signal: AbortSignal },
): Promise<SshConnection> {
  if (auth.kind === 'password' && options.install !== undefined) {
    return await dialWithPasswordOnce(hops, {
      password: auth.password,
      ...options.install,
      signal: options.signal,
    });
  }
  return await connectSsh({ ...sshOptions(hops, authOf(auth)), signal: options.signal });
}

/** Hop by hop: each gets our key before anybody goes through it. */
async function dialWithPasswordOnce(
  hops: readonly Hop[],
  options: { password: string; privateKey: string; signal: AbortSignal },
): Promise<SshConnection> {
  const { password, privateKey, signal } = options;
  const byKey: SshAuth = { kind: 'key', privateKey };
  for (let last = 1; last < hops.length; last += 1) {
    const { auth: _auth, ...way } = sshOptions(hops.slice(0, last), byKey);
    await (await connectWithPasswordOnce({ ...way, password, privateKey, signal })).close();
  }
  const { auth: _auth, ...way } = sshOptions(hops, byKey);
  return await connectWithPasswordOnce({ ...way, password, privateKey, signal });
}

function sshOptions(hops: readonly Hop[], auth: SshAuth): SshOptions {
  const targets = hops.map((hop) => ({ ...hop, auth }));
  const last = targets.at(-1);
  if (last === undefined) throw new Error('A way to a host has at least the host itself.');
  return { ...last, jumps: targets.slice(0, -1) };
}

function authOf(auth: DoorInput['auth']): SshAuth {
  if (auth.kind === 'agent') return { kind: 'agent' };
  if (auth.kind === 'password') return { kind: 'password', password: auth.password };
  return {
    kind: 'key',
    privateKey: auth.privateKey,
    ...(auth.passphrase === undefined ? {} : { passphrase: auth.passphrase }),
  };
}

function knownBy(hops: readonly Hop[], keys: readonly HostKey[]): { hostKey: HostKey; jumps: StoredJump[] } {
  const hostKey = keys.at(-1);
  if (hostKey === undefined || keys.length !== hops.length)
    throw new Error('A hop of the connection has no key.');
  const jumps = hops.slice(0, -1).flatMap(({ host, port, user }, index) => {
    const key = keys[index];
    return key === undefined ? [] : [{ address: host, port, user, hostKey: key }];
  });
  return { hostKey, jumps };
}

/** How SSH errors name the host itself. */
export function whereOf(input: z.infer<typeof fleetContract.hostProbe.input>): string {
  return whereIs({ host: input.address, port: input.port });
}
