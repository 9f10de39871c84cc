import { finished } from 'node:stream/promises';
import type { HostStream } from './host-stream.ts';
import type { LibvirtCaller } from './rpc-channel.ts';
import { volumeStreamFlags } from './flags.ts';
import { limits } from './xdr-limits.ts';
import type { StorageVolumeRef } from './xdr-objects.ts';

/** Which part of a volume; absent or 0 length means to its end. */
export type VolumeRange = { readonly offsetBytes?: number; readonly lengthBytes?: number };
export type VolumeSource = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

export type VolumeUploadOptions = {
  /** Stops the upload; the host keeps what it has. */
  readonly signal?: AbortSignal | undefined;
  /** After each piece: bytes handed over so far, counted from the start of this upload. */
  readonly onProgress?: ((doneBytes: number) => void) | undefined;
  /** Blocks of zeros become holes instead of travelling. The source is cut into blocks of at most 256 KiB for it. */
  readonly sparse?: boolean | undefined;
};

const BLOCK_BYTES = limits.streamPacketBytes;
const ZEROS = Buffer.alloc(BLOCK_BYTES);

function isZero(block: Uint8Array): boolean {
  return ZEROS.compare(block, 0, block.length, 0, block.length) === 0;
}

/** Settles when the block has gone to the connection, so that a hole sent next cannot overtake it. */
function write(stream: HostStream, block: Uint8Array): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  stream.write(block, (error) => (error ? reject(error) : resolve()));
  return promise;
}

async function sendBlocks(
  stream: HostStream,
  source: VolumeSource,
  options: VolumeUploadOptions,
): Promise<void> {
  let doneBytes = 0;
  for await (const piece of source) {
    for (let at = 0; at < piece.length; at += BLOCK_BYTES) {
      const block = piece.subarray(at, at + BLOCK_BYTES);
      options.signal?.throwIfAborted();
      if (stream.errored !== null) throw stream.errored;
      if (options.sparse === true && isZero(block)) {
        stream.writeHole(block.length);
      } else {
        await write(stream, block);
      }
      doneBytes += block.length;
      options.onProgress?.(doneBytes);
    }
  }
}

/** Opens the upload, sends the source, waits for the host's confirmation. On any failure the stream is aborted on the host. */
export async function sendVolume(
  caller: LibvirtCaller,
  vol: StorageVolumeRef,
  range: VolumeRange,
  source: VolumeSource,
  options: VolumeUploadOptions,
): Promise<void> {
  const flags = options.sparse === true ? volumeStreamFlags.sparse : 0;
  const args = { vol, offset: range.offsetBytes ?? 0, length: range.lengthBytes ?? 0, flags };
  const { stream } = await caller.openStream('storageVolUpload', args, { signal: options.signal });
  const outcome = finished(stream, options.signal === undefined ? {} : { signal: options.signal });
  outcome.catch(() => undefined);
  try {
    await Promise.race([sendBlocks(stream, source, options), outcome]);
    stream.end();
    await outcome;
  } catch (error) {
    stream.destroy();
    throw stream.errored ?? error;
  }
}
