import { contextBridge, ipcRenderer } from 'electron';

type Reply = { value?: unknown; failure?: string };
type Listener = (name: string, value: unknown) => void;

/** What the shell said before the page listened (a link that opened the console); bounded, since a page may never listen. */
const early: [name: string, value: unknown][] = [];
const MAX_EARLY = 16;
const listeners = new Set<Listener>();

ipcRenderer.on('innkeeper:say', (_event, name: unknown, value: unknown) => {
  for (const listener of listeners) listener(String(name), value);
  if (listeners.size === 0 && early.length < MAX_EARLY) early.push([String(name), value]);
});

/**
 * The one door between a window and the desktop: a port to the engine, and named questions to the shell. It knows no
 * operation of the contract and never grows.
 */
const bridge = {
  /** Asks for a new port to the engine of that name; it comes as a `message` event of the window: `{ innkeeper: 'port', to }` and the port. */
  requestPort(to = ''): void {
    ipcRenderer.send('innkeeper:port', String(to));
  },
  /** Asks the shell (a file dialog, a notification), which checks the name and the input. Rejects with a sentence. */
  async ask(name: string, input?: unknown): Promise<unknown> {
    const reply = (await ipcRenderer.invoke('innkeeper:ask', String(name), input)) as Reply;
    if (reply.failure !== undefined) throw new Error(reply.failure);
    return reply.value;
  },
  /** Hears what the shell says (a menu item, a link that was opened). Returns how to stop. */
  onSay(listener: Listener): () => void {
    listeners.add(listener);
    for (const [name, value] of early.splice(0)) listener(name, value);
    return () => void listeners.delete(listener);
  },
};
export type DesktopBridge = typeof bridge;

contextBridge.exposeInMainWorld('innkeeper', bridge);

// A MessagePort cannot pass through the context bridge, so it is handed to the page as a message of its own window.
ipcRenderer.on('innkeeper:port', (event, to: unknown) => {
  const ports = event.ports as unknown as Transferable[];
  window.postMessage({ innkeeper: 'port', to }, window.location.origin, ports);
});
