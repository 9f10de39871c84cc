import { isMatch, type UrlPattern } from './url-pattern.ts';
import { origin } from './app-address.ts';

type PermissionHandler = (
  contents: unknown,
  permission: string,
  decide: (granted: boolean) => void,
  details: unknown,
) => void;
type CheckHandler = (contents: unknown, permission: string, origin: string, details: unknown) => boolean;
type BeforeRequest = (details: { url: string }, decide: (answer: { cancel?: boolean }) => void) => void;

/** What Chromium can be told to grant; everything else is denied there without asking. */
const GRANTABLE: Readonly<Record<string, string>> = {
  'clipboard-read': 'clipboard-read',
  'clipboard-sanitized-write': 'clipboard-write',
  geolocation: 'geolocation',
  notifications: 'notifications',
  midi: 'midi',
  'local-fonts': 'local-fonts',
};

class SessionStandIn {
  private check: CheckHandler | undefined;
  private request: PermissionHandler | undefined;
  private beforeRequest: { urls: readonly UrlPattern[]; listener: BeforeRequest } | undefined;

  readonly webRequest = {
    onBeforeRequest: (filter: { urls: string[] }, listener: BeforeRequest): void => {
      this.beforeRequest = { urls: filter.urls, listener };
    },
  };

  setPermissionRequestHandler(handler: PermissionHandler | null): void {
    this.request = handler ?? undefined;
  }

  setPermissionCheckHandler(handler: CheckHandler | null): void {
    this.check = handler ?? undefined;
  }

  setDevicePermissionHandler(_handler: unknown): void {
    // Chromium under test shows no devices to ask for.
  }

  setDisplayMediaRequestHandler(_handler: unknown): void {
    // Chromium without a head shares no screen.
  }

  /** What the shell's handlers grant to our pages: without handlers everything, as Electron does. */
  granted(): string[] {
    return Object.entries(GRANTABLE)
      .filter(([permission]) => this.grants(permission))
      .map(([, name]) => name);
  }

  isCancelled(url: string): boolean {
    if (!this.beforeRequest || !isMatch(this.beforeRequest.urls, url)) return false;
    let isCancelled = false;
    this.beforeRequest.listener({ url }, (answer) => {
      isCancelled = answer.cancel === true;
    });
    return isCancelled;
  }

  private grants(permission: string): boolean {
    let granted = true;
    this.request?.({ getURL: () => `${origin}/` }, permission, (decision) => (granted = decision), {});
    return granted && (this.check?.(null, permission, `${origin}/`, {}) ?? true);
  }
}

export const session = { defaultSession: new SessionStandIn() };
