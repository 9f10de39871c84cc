/* What runs in the page before its own scripts. Handed to Chromium as text, so nothing from outside this function may be used. */

type Preload = (require: (name: string) => unknown, module: object, exports: object) => void;
type ToShell = (message: {
  kind: string;
  [name: string]: unknown;
}) => Promise<{ value?: unknown; error?: string }>;
type FromShell =
  | { kind: 'send'; channel: string; args: unknown[] }
  | { kind: 'give-port'; channel: string; id: number; message: unknown }
  | { kind: 'port'; id: number; data: unknown }
  | { kind: 'port-closed'; id: number };

/** Makes `contextBridge` and `ipcRenderer` for the preload, and nothing for the page. */
export function preloadWorld(preload: Preload): void {
  if (window !== window.top) return;
  const global = window as unknown as { electronStandIn?: ToShell };
  const toShell = global.electronStandIn;
  if (!toShell) throw new Error('The stand-in is not there.');
  delete global.electronStandIn;
  const listeners = new Map<string, Set<(...args: unknown[]) => void>>();
  const ports = new Map<number, MessagePort>();
  const emit = (channel: string, event: object, args: unknown[]): void => {
    for (const listener of listeners.get(channel) ?? []) listener(event, ...args);
  };

  const ipcRenderer = {
    send: (channel: string, ...args: unknown[]) => void toShell({ kind: 'send', channel, args }),
    invoke: async (channel: string, ...args: unknown[]) => {
      const answer = await toShell({ kind: 'invoke', channel, args });
      if (answer.error !== undefined)
        throw new Error(`Error invoking remote method '${channel}': ${answer.error}`);
      return answer.value;
    },
    on: (channel: string, listener: (...args: unknown[]) => void) => {
      listeners.set(channel, (listeners.get(channel) ?? new Set()).add(listener));
      return ipcRenderer;
    },
    removeListener: (channel: string, listener: (...args: unknown[]) => void) => {
      listeners.get(channel)?.delete(listener);
      return ipcRenderer;
    },
  };

  /** What crosses the bridge is a copy; functions become calls, promises are kept, ports and elements cannot pass. */
  const cross = (value: unknown): unknown => {
    if (typeof value === 'function')
      return (...args: unknown[]) => cross((value as (...given: unknown[]) => unknown)(...args.map(cross)));
    if (value instanceof Promise) return value.then(cross);
    if (typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype)
      return Object.freeze(
        Object.fromEntries(Object.entries(value).map(([name, member]) => [name, cross(member)])),
      );
    return structuredClone(value);
  };
  const contextBridge = {
    exposeInMainWorld: (name: string, api: unknown) => {
      Object.defineProperty(window, name, { value: cross(api), enumerable: true });
    },
  };

  const hear = (message: FromShell): void => {
    if (message.kind === 'send') emit(message.channel, { ports: [] }, message.args);
    else if (message.kind === 'port') ports.get(message.id)?.postMessage(message.data);
    else if (message.kind === 'port-closed') {
      ports.get(message.id)?.close();
      ports.delete(message.id);
    } else {
      const { port1, port2 } = new MessageChannel();
      const { id } = message;
      ports.set(id, port1);
      port1.addEventListener(
        'message',
        (event: MessageEvent<unknown>) => void toShell({ kind: 'port', id, data: event.data }),
      );
      port1.addEventListener('close', () => void toShell({ kind: 'port-closed', id }));
      port1.start();
      emit(message.channel, { ports: [port2] }, [message.message]);
    }
  };
  Object.defineProperty(window, 'electronStandInHear', { value: hear, enumerable: false });
  void toShell({ kind: 'document' });
  const modules: Record<string, unknown> = { electron: { contextBridge, ipcRenderer } };
  preload((name) => modules[name], {}, {});
}
