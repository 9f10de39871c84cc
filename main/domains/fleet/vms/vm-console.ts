import type { Duplex } from 'node:stream';
import type { FeedItem, FeedStart } from '../../../../shared/contract/handlers.ts';
import type { CallContext } from '../../../platform/calls/call-context.ts';
import { FeedRefused } from '../../../platform/calls/feed-refused.ts';
import { consoleFlags } from '../../../platform/libvirt/flags.ts';
import { LibvirtError } from '../../../platform/libvirt/libvirt-errors.ts';
import type { FleetParts } from '../fleet-parts.ts';
import type { HostLink } from '../sweep/host-link.ts';
import { onHostOf, type VmOnHost } from './vm-on-host.ts';
import { parseVmXml } from './vm-xml.ts';

export interface BytesItem {
  readonly base64: string;
}
type Parts = Pick<FleetParts, 'store' | 'connections'>;
type Bytes = AsyncGenerator<FeedItem<BytesItem>, void, undefined>;

/** Larger packets are cut up: one must not hold up what is typed meanwhile. */
const ITEM_BYTES = 48 * 1024;

interface OpenedBytes {
  readonly stream: Duplex;
  close(): Promise<void>;
}

/**
 * The serial console, on a libvirt connection of its own. Only one may have it: a second one is refused, unless it asks to take
 * it over, which ends the first.
 */
export async function* vmConsole(
  parts: Parts,
  asked: { readonly vmId: string; readonly takeOver: boolean },
  call: { readonly context: CallContext; readonly start: FeedStart<BytesItem> },
): Bytes {
  yield* bytesOf(parts, { vmId: asked.vmId, action: 'console', ...call }, async ({ link, ref, vm }) => {
    const { signal } = call.context;
    const connection = await link.session.openStreamConnection(signal);
    try {
      const flags = asked.takeOver ? consoleFlags.force : 0;
      const stream = await connection.domains.openConsole(ref, { flags }, { signal });
      return { stream, close: async () => await connection.close() };
    } catch (error) {
      await connection.close();
      throw consoleBusy(error) ? new FeedRefused('console-busy', { name: vm.name }) : error;
    }
  });
}

/** qemuDomainOpenConsole's own words; it has no code of its own for this. */
function consoleBusy(error: unknown): boolean {
  return error instanceof LibvirtError && /active console session/i.test(error.message);
}

/** The VNC screen, through SSH: the live XML says where QEMU listens on the host, at every start anew. */
export async function* vmScreen(
  parts: Parts,
  asked: { readonly vmId: string },
  call: { readonly context: CallContext; readonly start: FeedStart<BytesItem> },
): Bytes {
  yield* bytesOf(parts, { vmId: asked.vmId, action: 'screen', ...call }, async ({ link, ref, vm }) => {
    const { signal } = call.context;
    const shape = parseVmXml(await link.session.domains.xml(ref, 0, { signal }));
    const vnc = shape.graphics.find(
      (one) => one.type === 'vnc' && (one.port !== null || one.socket !== null),
    );
    if (vnc === undefined) throw new FeedRefused('no-screen', { name: vm.name });
    const ssh = await link.ssh(signal);
    const stream =
      vnc.socket === null
        ? await ssh.openTcp(listeningAddress(vnc.address), vnc.port ?? 5900, signal)
        : await ssh.openUnixSocket(vnc.socket, signal);
    return { stream, close: async () => undefined };
  });
}

/** What listens everywhere is reached from the host itself. */
function listeningAddress(address: string): string {
  if (address === '0.0.0.0') return '127.0.0.1';
  return address === '::' ? '::1' : address;
}

async function* bytesOf(
  parts: Parts,
  asked: {
    readonly vmId: string;
    readonly action: 'console' | 'screen';
    readonly context: CallContext;
    readonly start: FeedStart<BytesItem>;
  },
  open: (found: VmOnHost) => Promise<OpenedBytes>,
): Bytes {
  // Held for as long as it flows: an idle way to a host is closed.
  let held: HostLink | undefined;
  const opened = await onHostOf(parts, asked, async (found) => {
    held = parts.connections.hold(found.vm.host_id);
    return await open(found);
  }).catch((error: unknown) => {
    held?.release();
    throw error;
  });
  if ('ok' in opened) throw new FeedRefused(opened.code, opened.facts);
  const { stream } = opened;
  const hangUp = (): void => void stream.destroy();
  asked.context.signal.addEventListener('abort', hangUp, { once: true });
  // What cannot be written any more is no news: the reading side tells how the stream ended.
  write(stream, asked.start.upstream).catch(() => undefined);
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      for (let at = 0; at < chunk.length; at += ITEM_BYTES) {
        yield { item: { base64: chunk.subarray(at, at + ITEM_BYTES).toString('base64') } };
      }
    }
  } catch (error) {
    if (!asked.context.signal.aborted) throw error;
  } finally {
    asked.context.signal.removeEventListener('abort', hangUp);
    stream.destroy();
    await opened.close();
    held?.release();
  }
}

/** Ends with the stream; what is typed after that goes nowhere. */
async function write(stream: Duplex, upstream: AsyncIterable<BytesItem>): Promise<void> {
  // The reading side tells how the stream ended.
  stream.on('error', () => undefined);
  for await (const { base64 } of upstream) {
    if (stream.destroyed || stream.writableEnded) return;
    if (!stream.write(Buffer.from(base64, 'base64'))) await drained(stream);
  }
}

async function drained(stream: Duplex): Promise<void> {
  await new Promise<void>((resolve) => {
    const go = (): void => {
      stream.off('drain', go).off('close', go);
      resolve();
    };
    stream.on('drain', go).on('close', go);
  });
}
