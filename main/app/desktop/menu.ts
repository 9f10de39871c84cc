import type { MenuItemConstructorOptions } from 'electron';
import type { InstallationFacts } from '../../../shared/contract/installation.ts';
import { AREA_GROUPS, FOOT_AREAS } from '../../../shared/domains/system/console-areas.ts';

/** What the menu tells a window; the window knows what to do. */
export type MenuSay = (
  name: 'navigate' | 'installation' | 'palette' | 'keys' | 'theme',
  value?: string,
) => void;

export interface MenuOptions {
  readonly platform: NodeJS.Platform;
  /** Those that the console can switch between; none where there is only one. */
  readonly installations: readonly InstallationFacts[];
  readonly say: MenuSay;
  readonly newWindow: () => void;
  readonly openLogs: () => void;
}

/**
 * The native menu. Accelerators are the platform's own; views have Ctrl/⌘ 1…9 in the order of the rail. Keys that a page
 * takes for itself (a terminal, a screen) never reach the menu.
 */
export function menuTemplate(options: MenuOptions): MenuItemConstructorOptions[] {
  return [
    ...(options.platform === 'darwin' ? [appMenu(options)] : []),
    fileMenu(options),
    { role: 'editMenu' },
    goMenu(options),
    viewMenu(options),
    { role: 'windowMenu' },
    helpMenu(options),
  ];
}

function settingsItem({ say }: MenuOptions): MenuItemConstructorOptions {
  return { label: 'Settings…', accelerator: 'CmdOrCtrl+,', click: () => say('navigate', '/settings') };
}

/** As every application of macOS has it: settings and quitting stand here, not under File. */
function appMenu(options: MenuOptions): MenuItemConstructorOptions {
  return {
    label: 'Innkeeper',
    submenu: [
      { role: 'about' },
      { type: 'separator' },
      settingsItem(options),
      { type: 'separator' },
      { role: 'services' },
      { type: 'separator' },
      { role: 'hide' },
      { role: 'hideOthers' },
      { role: 'unhide' },
      { type: 'separator' },
      { role: 'quit' },
    ],
  };
}

function fileMenu(options: MenuOptions): MenuItemConstructorOptions {
  const { platform, say, newWindow } = options;
  const to = (path: string) => (): void => say('navigate', path);
  const isMac = platform === 'darwin';
  return {
    label: '&File',
    submenu: [
      { label: 'New VM…', accelerator: 'CmdOrCtrl+N', click: to('/vms/new') },
      { label: 'Add Host…', accelerator: 'CmdOrCtrl+Shift+H', click: to('/hosts/new') },
      { label: 'Import Image…', click: to('/templates/new') },
      { label: 'New Customer…', click: to('/customers/new') },
      { type: 'separator' },
      { label: 'New Window', accelerator: 'CmdOrCtrl+Shift+N', click: newWindow },
      { role: 'close' },
      ...(isMac
        ? []
        : ([{ type: 'separator' }, settingsItem(options), { type: 'separator' }, { role: 'quit' }] as const)),
    ],
  };
}

/** Accelerators have one digit. */
const DIGITS = 9;

function goMenu({ say, installations }: MenuOptions): MenuItemConstructorOptions {
  const groups: readonly (readonly { readonly path: string; readonly label: string }[])[] = [
    ...AREA_GROUPS.map(({ areas }) => areas),
    [...FOOT_AREAS, { path: '/activity', label: 'Activity' }],
  ];
  const first = groups.flat().slice(0, DIGITS);
  return {
    label: '&Go',
    submenu: [
      { label: 'Find or Run…', accelerator: 'CmdOrCtrl+K', click: () => say('palette') },
      ...groups.flatMap((areas): MenuItemConstructorOptions[] => [
        { type: 'separator' },
        ...areas.map((area) => ({
          label: area.label,
          ...(first.includes(area) ? { accelerator: `CmdOrCtrl+${first.indexOf(area) + 1}` } : {}),
          click: () => say('navigate', area.path),
        })),
      ]),
      ...(installations.length === 0
        ? []
        : ([{ type: 'separator' }, installationMenu(installations, say)] as const)),
    ],
  };
}

/** The installations in the order of the rail's list, to each where this window left it. */
function installationMenu(
  installations: readonly InstallationFacts[],
  say: MenuSay,
): MenuItemConstructorOptions {
  return {
    label: 'Installation',
    submenu: [
      ...installations.map(({ name, label }, at) => ({
        // An ampersand would be the mark of a key on Linux and Windows.
        label: label.replaceAll('&', '&&'),
        ...(at < DIGITS ? { accelerator: `CmdOrCtrl+Alt+${at + 1}` } : {}),
        click: () => say('installation', name),
      })),
      { type: 'separator' },
      { label: 'VMs of All Installations', click: () => say('navigate', '/everywhere') },
    ],
  };
}

function viewMenu({ say }: MenuOptions): MenuItemConstructorOptions {
  return {
    label: '&View',
    submenu: [
      { role: 'reload' },
      { label: 'Dark or Light', accelerator: 'CmdOrCtrl+Shift+L', click: () => say('theme') },
      { type: 'separator' },
      { role: 'resetZoom' },
      { role: 'zoomIn' },
      { role: 'zoomOut' },
      { role: 'togglefullscreen' },
      { type: 'separator' },
      { role: 'toggleDevTools' },
    ],
  };
}

function helpMenu({ platform, say, openLogs }: MenuOptions): MenuItemConstructorOptions {
  return {
    role: 'help',
    submenu: [
      { label: 'Keys', click: () => say('keys') },
      { label: 'Open Log Folder', click: openLogs },
      ...(platform === 'darwin' ? [] : ([{ type: 'separator' }, { role: 'about' }] as const)),
    ],
  };
}
