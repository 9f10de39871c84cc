import { app } from './app.ts';

type Handler = (request: Request) => Response | Promise<Response>;

const handlers = new Map<string, Handler>();
const privileged = new Map<string, object>();

export const protocol = {
  registerSchemesAsPrivileged: (schemes: readonly { scheme: string; privileges?: object }[]): void => {
    if (app.isReady()) throw new Error('Schemes are registered before the app is ready.');
    for (const { scheme, privileges } of schemes) privileged.set(scheme, privileges ?? {});
  },
  handle: (scheme: string, handler: Handler): void => {
    if (!app.isReady()) throw new Error('protocol.handle needs an app that is ready.');
    handlers.set(scheme, handler);
  },
  /** What the shell's handler answers; undefined for a scheme it does not serve. For the stand-in alone. */
  answer: async (url: string): Promise<Response | undefined> => {
    const scheme = url.slice(0, url.indexOf(':'));
    const handler = handlers.get(scheme);
    if (!handler || !privileged.has(scheme)) return undefined;
    // Node's Request takes http addresses only; the shell reads nothing of it but the address.
    return await handler({ url, method: 'GET' } as Request);
  },
};
