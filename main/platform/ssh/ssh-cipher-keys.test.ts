import { once } from 'node:events';
import { KeyObject } from 'node:crypto';
import { createServer } from 'node:net';
import ssh2 from 'ssh2';
import { afterEach, expect, test } from 'vitest';
import { keepCipherKeys } from './ssh-cipher-keys.ts';
import { generateSshKeyPair } from './ssh-key.ts';

const cleanUps: (() => void)[] = [];
afterEach(() => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) cleanUp();
});

interface Inside {
  readonly _protocol: {
    readonly _cipher: { readonly _encKey?: unknown };
    readonly _decipher: { readonly _decipherKey?: unknown };
    rekey(): void;
  };
}

async function connected(cipher: ssh2.CipherAlgorithm): Promise<{ client: ssh2.Client; inside: Inside }> {
  const server = new ssh2.Server({ hostKeys: [generateSshKeyPair('host').privateKey] }, (peer) => {
    peer.on('error', () => undefined);
    peer.on('authentication', (asked) => asked.accept());
    peer.on('session', (accept) => {
      accept().on('exec', (open, _reject, { command }) => {
        const channel = open();
        channel.write(command);
        channel.exit(0);
        channel.end();
      });
    });
  });
  const door = createServer((socket) => server.injectSocket(socket));
  door.listen(0, '127.0.0.1');
  await once(door, 'listening');
  cleanUps.push(() => door.close());
  const client = new ssh2.Client();
  keepCipherKeys(client);
  const { port } = door.address() as { port: number };
  client.connect({
    host: '127.0.0.1',
    port,
    username: 'root',
    password: '',
    algorithms: { cipher: [cipher] },
  });
  cleanUps.push(() => client.destroy());
  await once(client, 'ready');
  return { client, inside: client as unknown as Inside };
}

async function echo(client: ssh2.Client, text: string): Promise<string> {
  return await new Promise((resolve, reject) => {
    client.exec(text, (error, channel) => {
      if (error) reject(error);
      else channel.on('data', (data: Buffer) => resolve(data.toString()));
    });
  });
}

test.each<[ssh2.CipherAlgorithm, boolean]>([
  ['aes128-gcm@openssh.com', true],
  ['aes256-gcm@openssh.com', true],
  ['chacha20-poly1305@openssh.com', false],
  ['aes128-ctr', false],
])('%s talks before and after new keys; key objects: %s', async (cipher, isKept) => {
  const { client, inside } = await connected(cipher);
  const kept = (): boolean[] => [
    inside._protocol._cipher._encKey instanceof KeyObject,
    inside._protocol._decipher._decipherKey instanceof KeyObject,
  ];
  expect(await echo(client, 'first')).toBe('first');
  expect(kept()).toEqual([isKept, isKept]);
  const again = once(client, 'handshake');
  inside._protocol.rekey();
  await again;
  expect(await echo(client, 'second')).toBe('second');
  expect(kept()).toEqual([isKept, isKept]);
});
