/** A duplex of bytes: a serial console, a screen. Opening is asynchronous; data before `onData` is set is not lost. */
export interface ByteChannel {
  send(bytes: Uint8Array): void;
  onData(listener: (bytes: Uint8Array) => void): void;
  onOpen(listener: () => void): void;
  /** With the reason in words; null when it ended as asked. */
  onClose(listener: (reason: string | null) => void): void;
  close(): void;
}

/**
 * The part of a WebSocket that noVNC asks for (`rawChannelProps` in its websock.js), over a {@link ByteChannel}. All
 * members must be own properties: noVNC looks for them by name.
 */
export class ChannelSocket {
  binaryType = 'arraybuffer';
  protocol = '';
  readyState: 'connecting' | 'open' | 'closing' | 'closed' = 'connecting';
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: ArrayBuffer }) => void) | null = null;
  onclose: ((event: { code: number; reason: string; wasClean: boolean }) => void) | null = null;
  onerror: ((event: Event) => void) | null = null;
  readonly send: (data: ArrayBufferView | ArrayBuffer) => void;
  readonly close: () => void;

  constructor(channel: ByteChannel) {
    this.send = (data) => {
      channel.send(
        ArrayBuffer.isView(data)
          ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice()
          : new Uint8Array(data),
      );
    };
    const closed = (reason: string | null): void => {
      if (this.readyState === 'closed') return;
      this.readyState = 'closed';
      this.onclose?.({
        code: reason === null ? 1000 : 1006,
        reason: reason ?? '',
        wasClean: reason === null,
      });
    };
    this.close = () => {
      if (this.readyState === 'closed') return;
      this.readyState = 'closing';
      channel.close();
      // A channel does not report an end we asked for; noVNC waits three seconds for it and complains.
      queueMicrotask(() => {
        closed(null);
      });
    };
    channel.onOpen(() => {
      this.readyState = 'open';
      this.onopen?.();
    });
    channel.onData((bytes) => {
      this.onmessage?.({ data: bytes.slice().buffer });
    });
    channel.onClose(closed);
  }
}
