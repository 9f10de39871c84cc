import type { ByteChannel } from '../ui/byte-channel.ts';
import { refusalCode } from './error-words.ts';
import type { EngineClient } from './engine-client.ts';

/** Bytes of base64 text, such as a PDF's. */
export function toBytes(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
}

/** The other way round. */
export function toBase64(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 8192)
    text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(text);
}

/** A console or a screen of a VM as a duplex of bytes, for Terminal and Screen. Ends when the connection breaks. */
export function openByteFeed(
  client: EngineClient,
  op: 'fleet.vmConsole' | 'fleet.vmScreen',
  vmId: string,
  options: {
    /** The serial console: ends whoever has it. */
    takeOver?: boolean;
    /** Code of the refusal, before the channel closes with its sentence. */
    onRefused?: (code: string) => void;
  } = {},
): ByteChannel {
  let onData: ((bytes: Uint8Array) => void) | null = null;
  let onClose: ((reason: string | null) => void) | null = null;
  let onOpen: (() => void) | null = null;
  let closed: { reason: string | null } | null = null;
  let open = false;
  const early: Uint8Array[] = [];
  const announce = (): void => {
    if (open) return;
    open = true;
    onOpen?.();
  };
  const feed = client.subscribe(
    op,
    { vmId, ...(options.takeOver ? { takeOver: true } : {}) },
    {
      onConnected: () => {
        // After the constructor of whoever listens has run.
        queueMicrotask(announce);
      },
      onItem: (item) => {
        announce();
        const bytes = toBytes(item.base64);
        if (onData) onData(bytes);
        else early.push(bytes);
      },
      onEnd: (error) => {
        const code = refusalCode(error);
        if (code !== null) options.onRefused?.(code);
        closed = { reason: error ? error.wire.sentence : null };
        onClose?.(closed.reason);
      },
    },
  );
  return {
    send: (bytes) => {
      feed.send({ base64: toBase64(bytes) });
    },
    onData: (listener) => {
      onData = listener;
      for (const bytes of early.splice(0)) listener(bytes);
    },
    onOpen: (listener) => {
      onOpen = listener;
      if (open) queueMicrotask(listener);
    },
    onClose: (listener) => {
      onClose = listener;
      if (closed) listener(closed.reason);
    },
    close: () => {
      feed.close();
    },
  };
}
