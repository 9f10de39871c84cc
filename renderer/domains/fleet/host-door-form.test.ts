import { describe, expect, test } from 'vitest';
import { doorInput, doorProblems, emptyDoor, jumpsOf } from './host-door-form.ts';
import type { HostDoorValues } from './host-door-form.ts';

const PEM = '-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl\n-----END OPENSSH PRIVATE KEY-----';
const door = (values: Partial<HostDoorValues>): HostDoorValues => ({
  ...emptyDoor,
  address: 'hv1',
  ...values,
});

describe('the way to a host, as written', () => {
  test.each<[string, Partial<HostDoorValues>, object]>([
    ['the agent', { auth: 'agent' }, { auth: { kind: 'agent' } }],
    ['a key', { privateKey: `  ${PEM}  ` }, { auth: { kind: 'key', privateKey: `${PEM}\n` } }],
    [
      'a key with its passphrase',
      { privateKey: PEM, passphrase: ' s ' },
      { auth: { kind: 'key', privateKey: `${PEM}\n`, passphrase: ' s ' } },
    ],
    ['a password', { auth: 'password', password: 'once' }, { auth: { kind: 'password', password: 'once' } }],
    [
      'a key left over from another choice is not sent',
      { auth: 'agent', privateKey: PEM },
      { auth: { kind: 'agent' } },
    ],
    ['blanks around', { auth: 'agent', address: ' hv1 ', user: ' ops ' }, { address: 'hv1', user: 'ops' }],
    ['jump hosts', { auth: 'agent', jump: 'a@b:1\n\n c ' }, { jump: ['a@b:1', 'c'] }],
  ])('%s', (_, values, expected) => {
    const input = doorInput(door(values), []);
    expect(input).toMatchObject(expected);
    expect(input).not.toHaveProperty('acceptedFingerprint');
  });

  test('all fingerprints that were accepted go along', () => {
    expect(doorInput(door({ auth: 'agent' }), ['SHA256:a', 'SHA256:b']).acceptedFingerprint).toBe(
      'SHA256:a SHA256:b',
    );
  });
});

describe('what is wrong with it', () => {
  test.each<[string, string | null, RegExp | null]>([
    ['an empty address', doorProblems.address(' '), /name or IP/],
    ['an address with its user', doorProblems.address('root@hv1'), /fields of their own/],
    ['an address', doorProblems.address('hv1.example.net'), null],
    ['an IPv6 address', doorProblems.address('2001:db8::1'), null],
    ['port 0', doorProblems.port(0), /65,535/],
    ['an empty port', doorProblems.port(''), /65,535/],
    ['port 2222', doorProblems.port(2222), null],
    ['no key', doorProblems.privateKey('', door({})), /Drop/],
    ['the public key', doorProblems.privateKey('ssh-ed25519 AAAA me', door({})), /public key/],
    ['a certificate', doorProblems.privateKey('-----BEGIN CERTIFICATE-----', door({})), /begins with/],
    ['a key', doorProblems.privateKey(PEM, door({})), null],
    ['no key where none is needed', doorProblems.privateKey('', door({ auth: 'agent' })), null],
    ['no password where one is needed', doorProblems.password('', door({ auth: 'password' })), /used once/],
    ['a jump host', doorProblems.jump('ops@gate:2200'), null],
    ['a jump host with a path', doorProblems.jump('ops@gate 22'), /user@address:port/],
    ['five jump hosts', doorProblems.jump('a\nb\nc\nd\ne'), /four/],
  ])('%s', (_, problem, words) => {
    if (words === null) expect(problem).toBeNull();
    else expect(problem).toMatch(words);
  });
});

test('jump hosts stand one per line or between commas', () => {
  expect(jumpsOf('a, b\n\nc\n')).toEqual(['a', 'b', 'c']);
});
