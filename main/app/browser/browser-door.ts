import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** Who may come in: decided by Host, Origin and a secret, before anything else is looked at. */
export interface BrowserDoor {
  /** The token of the address printed at start; good for one first load, which exchanges it for a cookie. */
  readonly token: string;
  /** Why the request may not be answered at all; undefined when it may. A page of another site never gets past this. */
  refuse(request: IncomingMessage): string | undefined;
  /** Takes the one-time token; the session cookie (`name=value`), or undefined when it is wrong or used. */
  exchange(token: string): string | undefined;
  /** Whether the request carries the session cookie. */
  isKnown(request: IncomingMessage): boolean;
}

/**
 * A door for a server on the loopback interface. Every other program and web page of the machine can reach the port, so:
 * Host must be the address we listen on (DNS rebinding), Origin must be ours where the browser sends one (cross-site
 * requests and WebSockets), and only who was given the token at start gets a session.
 */
export function createBrowserDoor(port: () => number): BrowserDoor {
  const token = randomBytes(24).toString('base64url');
  const sessions = new Set<string>();
  let tokenIsUsed = false;
  // A browser keeps cookies by host whatever the port: two consoles side by side must not log each other out.
  const cookieName = (): string => `innkeeper-session-${port()}`;
  const origins = (): string[] => [`http://127.0.0.1:${port()}`, `http://localhost:${port()}`];
  return {
    token,
    refuse: (request) => {
      const host = request.headers.host ?? '';
      if (!origins().includes(`http://${host}`)) return 'This address is not ours (Host).';
      const { origin } = request.headers;
      if (origin !== undefined && !origins().includes(origin))
        return 'Another site may not come in here (Origin).';
      const site = request.headers['sec-fetch-site'];
      if (site !== undefined && site !== 'same-origin' && site !== 'none')
        return 'Another site may not come in here.';
      return undefined;
    },
    exchange: (offered) => {
      if (tokenIsUsed || !isSame(offered, token)) return undefined;
      tokenIsUsed = true;
      const session = randomBytes(24).toString('base64url');
      sessions.add(session);
      return `${cookieName()}=${session}`;
    },
    isKnown: (request) => {
      const session = cookieOf(request, cookieName());
      return session !== undefined && [...sessions].some((known) => isSame(known, session));
    },
  };
}

function isSame(a: string, b: string): boolean {
  const hash = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(a), hash(b));
}

function cookieOf(request: IncomingMessage, name: string): string | undefined {
  for (const part of (request.headers.cookie ?? '').split(';')) {
    const [key, value] = part.trim().split('=', 2);
    if (key === name) return value;
  }
  return undefined;
}
