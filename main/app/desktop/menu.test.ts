import type { MenuItemConstructorOptions } from 'electron';
import { describe, expect, test } from 'vitest';
import { areaGroups, footAreas } from '../../../renderer/app/areas.ts';
import { routes } from '../../../renderer/app/routes.tsx';
import { hasPage } from '../../testing/page-address.ts';
import { menuTemplate, type MenuOptions } from './menu.ts';

const platforms = ['linux', 'win32', 'darwin'] as const;

/** Accelerators that Electron gives to a role by itself, where it has one on every platform we ship for. */
const OF_ROLES: Readonly<Record<string, string>> = {
  quit: 'CmdOrCtrl+Q',
  close: 'CmdOrCtrl+W',
  reload: 'CmdOrCtrl+R',
  resetZoom: 'CmdOrCtrl+0',
  zoomIn: 'CmdOrCtrl+Plus',
  zoomOut: 'CmdOrCtrl+-',
  toggleDevTools: 'CmdOrCtrl+Shift+I',
  togglefullscreen: 'F11',
  hide: 'CmdOrCtrl+H',
  hideOthers: 'CmdOrCtrl+Alt+H',
  // The edit menu and the window menu bring these with them.
  editMenu: 'CmdOrCtrl+Z CmdOrCtrl+Shift+Z CmdOrCtrl+X CmdOrCtrl+C CmdOrCtrl+V CmdOrCtrl+A',
  windowMenu: 'CmdOrCtrl+M',
};

const INSTALLATIONS = [
  { name: 'prague', label: 'Prague' },
  { name: 'brno', label: 'Brno & Ostrava' },
];

function recorded(platform: NodeJS.Platform, installations: MenuOptions['installations'] = []) {
  const said: [name: string, value: string | undefined][] = [];
  const done: string[] = [];
  const template = menuTemplate({
    platform,
    installations,
    say: (name, value) => said.push([name, value]),
    newWindow: () => done.push('window'),
    openLogs: () => done.push('logs'),
  });
  return { template, said, done };
}

function items(template: readonly MenuItemConstructorOptions[]): MenuItemConstructorOptions[] {
  return template.flatMap((item) => [item, ...(Array.isArray(item.submenu) ? items(item.submenu) : [])]);
}

function press(item: MenuItemConstructorOptions): void {
  (item.click as (() => void) | undefined)?.();
}

describe.each(platforms)('the menu on %s', (platform) => {
  test('no accelerator twice, those of roles among them', () => {
    const all = items(recorded(platform, INSTALLATIONS).template).flatMap((item) => [
      ...(item.accelerator === undefined ? [] : [String(item.accelerator)]),
      ...(OF_ROLES[item.role ?? '']?.split(' ') ?? []),
    ]);
    expect(all.length).toBeGreaterThan(20);
    expect(all.filter((each, index) => all.indexOf(each) !== index)).toEqual([]);
  });

  test('every page it opens is a page of the console', () => {
    const { template, said } = recorded(platform, INSTALLATIONS);
    items(template).forEach(press);
    const pages = said.filter(([name]) => name === 'navigate').map(([, page]) => page ?? '');
    expect(pages.length).toBeGreaterThan(10);
    expect(pages.filter((page) => !hasPage(routes, page))).toEqual([]);
  });

  test('Go leads to every area of the rail, in its order', () => {
    const { template, said } = recorded(platform);
    const go = template.find(({ label }) => label === '&Go');
    items([go!]).forEach(press);
    const areas = [...areaGroups.flatMap((group) => group.areas), ...footAreas].map(({ path }) => path);
    expect(said.flatMap(([, path]) => path ?? [])).toEqual([...areas, '/activity']);
    const labels = items([go!]).filter(({ accelerator }) => /\d$/.test(String(accelerator)));
    expect(labels.map(({ accelerator }) => accelerator)).toEqual(
      ['1', '2', '3', '4', '5', '6', '7', '8', '9'].map((digit) => `CmdOrCtrl+${digit}`),
    );
    expect(labels.map(({ label }) => label)).toEqual(
      items([go!])
        .slice(3, 12)
        .map(({ label }) => label),
    );
  });

  test('says only what a window understands', () => {
    const { template, said, done } = recorded(platform);
    items(template).forEach(press);
    expect(new Set(said.map(([name]) => name))).toEqual(new Set(['navigate', 'palette', 'keys', 'theme']));
    expect(done.toSorted()).toEqual(['logs', 'window']);
  });

  test('of several installations each is there in its order, and all together', () => {
    const { template, said } = recorded(platform, INSTALLATIONS);
    const menu = items(template).find(({ label }) => label === 'Installation')!;
    items([menu]).forEach(press);
    expect(said).toEqual([
      ['installation', 'prague'],
      ['installation', 'brno'],
      ['navigate', '/everywhere'],
    ]);
    expect(items([menu]).map(({ label, accelerator }) => [label, accelerator])).toEqual([
      ['Installation', undefined],
      ['Prague', 'CmdOrCtrl+Alt+1'],
      ['Brno && Ostrava', 'CmdOrCtrl+Alt+2'],
      [undefined, undefined],
      ['VMs of All Installations', undefined],
    ]);
    expect(items(recorded(platform).template).map(({ label }) => label)).not.toContain('Installation');
  });

  test('every item has a role, a label or is a line, and whatever has a label does something', () => {
    const all = items(recorded(platform).template);
    const dead = all.filter(
      (item) => item.role === undefined && item.type !== 'separator' && !item.click && !item.submenu,
    );
    expect(dead).toEqual([]);
  });

  test('it can be quit, and settings can be found', () => {
    const { template } = recorded(platform);
    const [first] = template;
    const roles = items(template).map((item) => item.role);
    expect(roles.filter((role) => role === 'quit')).toHaveLength(1);
    expect(items(template).filter((item) => item.accelerator === 'CmdOrCtrl+,')).toHaveLength(1);
    expect(first?.label).toBe(platform === 'darwin' ? 'Innkeeper' : '&File');
  });
});
