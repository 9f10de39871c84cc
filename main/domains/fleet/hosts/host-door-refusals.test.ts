import { describe, expect, test } from 'vitest';
import { sentenceOf } from '../../../../shared/contract/outcome.ts';
import { fleetContract } from '../../../../shared/domains/fleet/fleet-contract.ts';
import { LibvirtAuthenticationError, LibvirtError } from '../../../platform/libvirt/libvirt-errors.ts';
import { SshError, sshErrorKinds, type SshErrorFacts } from '../../../platform/ssh/ssh-error.ts';
import { doorRefusal } from './host-door-refusals.ts';

const asked = { address: 'hv1.example', user: 'root', where: 'hv1.example:2222' };
const key = (fingerprint: string) => ({ algorithm: 'ssh-ed25519', fingerprint });
const facts: SshErrorFacts = {
  where: asked.where,
  user: 'root',
  detail: 'its words',
  what: '/run/libvirt/libvirt-sock',
  timeoutMs: 10_000,
  hostKey: key('SHA256:shown'),
  pinnedHostKey: key('SHA256:known'),
};
const refusals: Readonly<Record<string, string>> = fleetContract.hostProbe.refusals;
const report = {
  code: 38,
  domain: 7,
  message: 'no hypervisor',
  level: 2,
  str1: null,
  str2: null,
  str3: null,
  int1: 0,
  int2: 0,
};

describe('a failure to enter a host', () => {
  test.each(sshErrorKinds)('%s is a refusal whose sentence is whole', (kind) => {
    const refusal = doorRefusal(new SshError(kind, facts), asked);
    const template = refusals[refusal?.code ?? ''];
    expect(template).toBeDefined();
    const sentence = sentenceOf(template!, refusal!.facts);
    expect(sentence).toMatch(/^\S.*\.$/);
    expect(sentence).not.toMatch(/\?|null|undefined|\.\.|: \./);
  });

  test.each(sshErrorKinds)('%s at a jump host names the jump host', (kind) => {
    const refusal = doorRefusal(new SshError(kind, { ...facts, where: 'gate.example' }), asked);
    const aboutUs = ['key-malformed', 'passphrase-needed', 'passphrase-wrong', 'agent-missing'];
    if (aboutUs.includes(refusal!.code)) return;
    expect(JSON.stringify(refusal!.facts)).toContain('gate.example');
  });

  const others: readonly [string, unknown, string | undefined][] = [
    ['polkit', new LibvirtAuthenticationError('no'), 'socket-forbidden'],
    ['a daemon without its hypervisor', new LibvirtError(report, 'CONNECT_OPEN'), 'libvirt-missing'],
    [
      'a daemon that never answers',
      new Error('The host did not finish opening libvirt within 20 s.'),
      'host-unreachable',
    ],
    ['a bug', new TypeError('x is not a function'), undefined],
    ['an abort', new DOMException('gone', 'AbortError'), undefined],
  ];
  test.each(others)('%s', (_name, error, code) => {
    expect(doorRefusal(error, asked)?.code).toBe(code);
  });
});
