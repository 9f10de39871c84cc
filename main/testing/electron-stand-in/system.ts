import { EventEmitter } from 'node:events';
import { standInOptions } from './stand-in-options.ts';

/** What the program gave to the operating system, for the test to look at. */
export const given: { external: string[]; paths: string[]; menu: MenuItem[] } = {
  external: [],
  paths: [],
  menu: [],
};

export interface MenuItem {
  readonly label?: string;
  readonly role?: string;
  readonly type?: string;
  readonly accelerator?: unknown;
  readonly click?: (...args: never[]) => void;
  readonly submenu?: unknown;
}

export const shell = {
  openExternal: async (url: string): Promise<void> => {
    given.external.push(url);
  },
  openPath: async (path: string): Promise<string> => {
    given.paths.push(path);
    return '';
  },
};

export const Menu = {
  buildFromTemplate: (template: readonly MenuItem[]): readonly MenuItem[] => template,
  setApplicationMenu: (menu: readonly MenuItem[]): void => {
    given.menu = [...menu];
  },
};

class NativeThemeStandIn extends EventEmitter {
  readonly shouldUseDarkColors = true;
}
export const nativeTheme = new NativeThemeStandIn();

export const screen = {
  getAllDisplays: (): { workArea: { x: number; y: number; width: number; height: number } }[] =>
    standInOptions.displays.map((workArea) => ({ workArea })),
};
