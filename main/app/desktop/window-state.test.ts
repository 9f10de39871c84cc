import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  besideWindow,
  readWindowState,
  STANDARD_STATE,
  writeWindowState,
  type WindowState,
} from './window-state.ts';

const left = { x: 0, y: 0, width: 1920, height: 1080 };
const right = { x: 1920, y: 0, width: 2560, height: 1440 };
const state = (
  position: { x: number; y: number } | undefined,
  size = { width: 1200, height: 800 },
): WindowState => ({
  ...size,
  maximized: false,
  ...(position ? { position } : {}),
});

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'window-state-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('what was written is read', () => {
  test.each<[what: string, written: WindowState, displays: (typeof left)[], read: WindowState]>([
    ['as it was', state({ x: 40, y: 50 }), [left], state({ x: 40, y: 50 })],
    [
      'maximized',
      { ...state({ x: 0, y: 0 }), maximized: true },
      [left],
      { ...state({ x: 0, y: 0 }), maximized: true },
    ],
    ['without a position', state(undefined), [left], state(undefined)],
    ['on the second display', state({ x: 2000, y: 50 }), [left, right], state({ x: 2000, y: 50 })],
    [
      'the second display is gone: where the system likes',
      state({ x: 2000, y: 50 }),
      [left],
      state(undefined),
    ],
    ['to the left of all displays', state({ x: -1190, y: 0 }), [left], state(undefined)],
    ['a corner is left to take hold of', state({ x: 1800, y: 900 }), [left], state({ x: 1800, y: 900 })],
    ['too little of it is left', state({ x: 1850, y: 1000 }), [left], state(undefined)],
    ['no display at all', state({ x: 0, y: 0 }), [], state(undefined)],
  ])('%s', (_what, written, displays, read) => {
    const file = join(folder, 'deep/window-state.json');
    writeWindowState(file, written);
    expect(readWindowState(file, displays)).toEqual(read);
    expect(readdirSync(join(folder, 'deep'))).toEqual(['window-state.json']);
  });
});

describe('what cannot be used is as if nothing was kept', () => {
  test.each<[what: string, text: string | undefined]>([
    ['no file', undefined],
    ['an empty file', ''],
    ['half a file', '{"width":1200,"hei'],
    ['not an object', '[]'],
    ['null', 'null'],
    ['words for numbers', '{"width":"1200","height":800,"maximized":false}'],
    ['too narrow to work in', '{"width":300,"height":800,"maximized":false}'],
    ['absurdly wide', '{"width":1e9,"height":800,"maximized":false}'],
    ['broken pixels', '{"width":1200,"height":800,"maximized":false,"position":{"x":0.5,"y":0}}'],
  ])('%s', (_what, text) => {
    const file = join(folder, 'window-state.json');
    if (text !== undefined) writeFileSync(file, text);
    expect(readWindowState(file, [left])).toEqual(STANDARD_STATE);
  });

  test('a folder in its place', () => {
    mkdirSync(join(folder, 'window-state.json'));
    expect(readWindowState(join(folder, 'window-state.json'), [left])).toEqual(STANDARD_STATE);
  });
});

describe('a second window', () => {
  const size = { width: 1000, height: 700 };
  test.each<
    [what: string, beside: { x: number; y: number }, displays: (typeof left)[], at: { x: number; y: number }]
  >([
    ['stands a little lower and to the right', { x: 100, y: 100 }, [left], { x: 128, y: 128 }],
    ['goes to the corner when it would leave the display', { x: 900, y: 100 }, [left], { x: 0, y: 0 }],
    ['stays on the display of the first', { x: 2000, y: 10 }, [left, right], { x: 2028, y: 38 }],
    ['goes to the corner of that display', { x: 3600, y: 700 }, [left, right], { x: 1920, y: 0 }],
    ['without displays goes on', { x: 10, y: 10 }, [], { x: 38, y: 38 }],
  ])('%s', (_what, beside, displays, at) => {
    expect(besideWindow(size, { beside: { ...beside, ...size }, displays })).toEqual({
      ...size,
      maximized: false,
      position: at,
    });
  });
});
