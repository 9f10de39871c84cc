import { createSecretKey, type KeyObject } from 'node:crypto';

/** A client, or what a server has of one. */
interface SshEnd {
  once(event: 'ready', listener: () => void): unknown;
  on(event: 'handshake', listener: () => void): unknown;
}

/** What ssh2 keeps of AES-GCM, of which it makes a cipher per packet. */
interface InsideClient {
  readonly _protocol?: {
    readonly _cipher?: { _encKey?: Buffer | KeyObject };
    readonly _decipher?: { _decipherKey?: Buffer | KeyObject };
  };
}

/**
 * Gives ssh2 its session keys as key objects. It makes a cipher per packet, and Node takes 40 µs of each to find out that a buffer is no
 * key object (51 µs against 10, Node 24): a seventh of all that an engine computes while it starts VMs. Where ssh2 keeps its keys
 * otherwise nothing changes.
 */
export function keepCipherKeys(client: SshEnd): void {
  const keep = (): void => {
    const { _cipher: cipher, _decipher: decipher } = (client as InsideClient)._protocol ?? {};
    if (Buffer.isBuffer(cipher?._encKey)) cipher._encKey = createSecretKey(cipher._encKey);
    if (Buffer.isBuffer(decipher?._decipherKey))
      decipher._decipherKey = createSecretKey(decipher._decipherKey);
  };
  client.once('ready', keep);
  // New keys after an hour, or a gigabyte.
  client.on('handshake', () => setImmediate(keep));
}
