import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hidden, isSecretName, redact, redactText } from './redact.ts';

describe('redaction of a text', () => {
  const pem =
    '-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAA\nAAAA\n-----END OPENSSH PRIVATE KEY-----';
  const cases: readonly [what: string, text: string, expected: string][] = [
    [
      'a database address',
      'postgres://eva:s3cret@db:5432/inn failed',
      `postgres://eva:${hidden}@db:5432/inn failed`,
    ],
    ['an address whose password holds a colon', 'https://a:b:c@host/', `https://a:${hidden}@host/`],
    ['an address without a password', 'qemu+ssh://eva@host/system', 'qemu+ssh://eva@host/system'],
    ['a host and a port', 'http://127.0.0.1:8080/x@y', 'http://127.0.0.1:8080/x@y'],
    ['a private key', `key:\n${pem}\nend`, `key:\n-----BEGIN OPENSSH PRIVATE KEY----- ${hidden}\nend`],
    ['a private key cut short', pem.slice(0, 60), `-----BEGIN OPENSSH PRIVATE KEY----- ${hidden}`],
    [
      'a private key inside JSON',
      JSON.stringify({ k: pem }),
      `{"k":"-----BEGIN OPENSSH PRIVATE KEY----- ${hidden}"}`,
    ],
    [
      'a certificate, which is public',
      '-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----',
      '-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----',
    ],
    [
      'a header',
      'Authorization: Bearer abc.def-123, Accept: x',
      `Authorization: Bearer ${hidden}, Accept: x`,
    ],
    ['a bare bearer token', 'sent bearer abcdefgh12345', `sent bearer ${hidden}`],
    ['a setting', 'password=hunter2 user=eva', `password=${hidden} user=eva`],
    ['a setting in quotes', 'passphrase: "two words", x', `passphrase: ${hidden}, x`],
    ['a JSON text', '{"token":"abc","name":"eva"}', `{"token":${hidden},"name":"eva"}`],
    ['an argument', 'ssh --password hunter2 host', `ssh --password ${hidden} host`],
    ['a query parameter', '/join?token=abc&x=1', `/join?token=${hidden}&x=1`],
    ['a sentence about a password', 'the password is wrong', 'the password is wrong'],
  ];
  test.for(cases)('%s', ([, text, expected]) => {
    expect(redactText(text)).toBe(expected);
  });
});

describe('redaction of a value', () => {
  const secretNames = [
    'password',
    'rootPassword',
    'PASSPHRASE',
    'private_key',
    'privateKey',
    'SSH-PRIVATE-KEY',
    'apiKey',
    'gatewaySecret',
    'clientToken',
    'Authorization',
    'set-cookie',
    'credentials',
  ];
  test.for(secretNames)('hides what is called %s', (name) => {
    expect(redact({ [name]: 'hunter2', kept: 1 })).toEqual({ [name]: hidden, kept: 1 });
  });

  const openNames = [
    'publicKey',
    'key',
    'passwordless',
    'tokens_used',
    'fencingToken',
    'hasPassword',
    'secretary',
  ];
  test.for(openNames)('shows what is called %s', (name) => {
    expect(isSecretName(name)).toBe(false);
  });

  test('keeps that there is no secret', () => {
    const value = { password: null, token: '', secret: undefined, passphrase: false };
    expect(redact(value)).toEqual(value);
  });

  test('goes into arrays, maps, sets, errors and their causes', () => {
    const cause = Object.assign(new Error('token=abc'), { password: 'hunter2', code: 'E1' });
    const value = [
      { list: [{ token: 'abc' }] },
      new Map([['secret', 'abc']]),
      new Set(['password=abc']),
      new Error('outer', { cause }),
    ];
    const text = JSON.stringify(redact(value));
    expect(text).not.toMatch(/abc|hunter2/);
    expect(text).toContain('E1');
    expect(text).toContain('outer');
  });

  test('does not change what it is given, and survives cycles and depth', () => {
    const value: Record<string, unknown> = { password: 'x' };
    value['self'] = value;
    expect(redact(value)).toEqual({ password: hidden, self: '[circular]' });
    expect(value['password']).toBe('x');
    let deep: unknown = 'end';
    for (let level = 0; level < 5000; level += 1) deep = { deep };
    expect(JSON.stringify(redact(deep))).toContain('[deeper]');
  });

  test('never throws, and never lets the secret through', () => {
    const secret = 'S3CR3T-4711';
    fc.assert(
      fc.property(
        fc.anything({ withDate: true, withMap: true, withSet: true, withTypedArray: true, withBigInt: true }),
        (value) => {
          const text = String(
            JSON.stringify(
              redact({ value, inside: { value, rootPassword: secret }, url: `postgres://u:${secret}@h/d` }),
              (_name, each: unknown) => (typeof each === 'bigint' ? String(each) : each),
            ),
          );
          return !text.includes(secret);
        },
      ),
      { numRuns: 300 },
    );
  });

  test('is not slowed down by a hostile text', () => {
    const before = process.cpuUsage();
    for (const text of [
      '-----BEGIN PRIVATE KEY-----'.repeat(3000),
      'a'.repeat(200_000),
      'http://'.repeat(30_000),
      'password='.repeat(20_000),
      `"${'\\'.repeat(100_000)}`,
    ])
      redactText(text);
    // Of our own work, however many share the machine: what is not linear takes minutes.
    expect(process.cpuUsage(before).user / 1000).toBeLessThan(5000);
  });
});
