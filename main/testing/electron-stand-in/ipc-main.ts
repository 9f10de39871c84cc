import { EventEmitter } from 'node:events';

type Handler = (event: never, ...args: unknown[]) => unknown;

class IpcMainStandIn extends EventEmitter {
  private readonly handlers = new Map<string, Handler>();

  handle(channel: string, handler: Handler): void {
    if (this.handlers.has(channel)) throw new Error(`A second handler for ${channel}.`);
    this.handlers.set(channel, handler);
  }

  /** For the stand-in alone: what a page that asked gets to hear. */
  async answer(
    channel: string,
    event: object,
    args: unknown[],
  ): Promise<{ value?: unknown; error?: string }> {
    try {
      const handler = this.handlers.get(channel);
      if (!handler) throw new Error(`No handler registered for '${channel}'`);
      return { value: structuredClone(await handler(event as never, ...args)) };
    } catch (error) {
      return { error: String(error) };
    }
  }
}

export const ipcMain = new IpcMainStandIn();
