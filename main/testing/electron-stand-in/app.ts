import { EventEmitter } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, watch, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** An event a listener can prevent, as Electron's. */
export function preventable(): { preventDefault: () => void; defaultPrevented: boolean } {
  const event = {
    defaultPrevented: false,
    preventDefault: (): void => {
      event.defaultPrevented = true;
    },
  };
  return event;
}

/** Windows register here, so that quitting can close them. */
export const openWindows = new Set<{ close(): void; isDestroyed(): boolean }>();

class AppStandIn extends EventEmitter {
  readonly isPackaged = false;
  /** What the program told the system, for the test to look at. */
  readonly told: Record<string, unknown> = {};
  private isReadyNow = false;
  private isQuitting = false;
  private readonly paths = new Map<string, string>();
  private readonly ready = new Promise<void>((resolve) => {
    // Not before the entry module has run: what must come before the application is ready stands there.
    setTimeout(() => {
      this.isReadyNow = true;
      this.emit('ready');
      resolve();
    }, 20);
  });

  whenReady(): Promise<void> {
    return this.ready;
  }

  isReady(): boolean {
    return this.isReadyNow;
  }

  enableSandbox(): void {
    this.beforeReady('enableSandbox');
    this.told['sandbox'] = true;
  }

  setPath(name: string, path: string): void {
    if (!existsSync(path)) throw new Error(`There is no folder ${path}.`);
    this.paths.set(name, path);
  }

  getPath(name: string): string {
    const path = this.paths.get(name);
    if (path === undefined) throw new Error(`The stand-in has no path "${name}".`);
    return path;
  }

  setAppUserModelId(id: string): void {
    this.told['appUserModelId'] = id;
  }

  setAboutPanelOptions(options: object): void {
    this.told['about'] = options;
  }

  setAsDefaultProtocolClient(protocol: string, path?: string, words?: readonly string[]): boolean {
    this.told['protocolClient'] = [protocol, path, words];
    return true;
  }

  /** The first of two programs with the same user data keeps the lock; it hears what the others were started with. */
  requestSingleInstanceLock(): boolean {
    const folder = join(this.paths.get('userData') ?? tmpdir(), 'instances-of-the-stand-in');
    mkdirSync(folder, { recursive: true });
    const holder = join(folder, 'holder');
    if (existsSync(holder) && isRunning(Number(readFileSync(holder, 'utf8')))) {
      writeFileSync(join(folder, `${process.pid}.new`), JSON.stringify(process.argv));
      return false;
    }
    writeFileSync(holder, String(process.pid));
    watch(folder, () => this.hearOthers(folder));
    return true;
  }

  quit(): void {
    const beforeQuit = preventable();
    this.emit('before-quit', beforeQuit);
    if (beforeQuit.defaultPrevented) return;
    this.isQuitting = true;
    for (const window of openWindows) window.close();
    if (openWindows.size === 0) this.windowsGone();
  }

  exit(code = 0): void {
    process.exit(code);
  }

  /** Called when the last window is closed. */
  windowsGone(): void {
    if (!this.isQuitting) {
      if (!this.emit('window-all-closed')) this.quit();
      return;
    }
    const willQuit = preventable();
    this.emit('will-quit', willQuit);
    this.isQuitting = false;
    if (willQuit.defaultPrevented) return;
    this.emit('quit', {}, 0);
    process.exit(0);
  }

  private hearOthers(folder: string): void {
    for (const name of readdirSync(folder).filter((each) => each.endsWith('.new'))) {
      const argv = readArgv(join(folder, name));
      if (argv) this.emit('second-instance', {}, argv, process.cwd(), null);
    }
  }

  private beforeReady(name: string): void {
    if (this.isReadyNow) throw new Error(`app.${name} must be called before the app is ready.`);
  }
}

/** Undefined while it is still being written, or when it was read before. */
function readArgv(file: string): string[] | undefined {
  try {
    const argv = JSON.parse(readFileSync(file, 'utf8')) as string[];
    rmSync(file);
    return argv;
  } catch {
    return undefined;
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

export const app = new AppStandIn();
