import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Rectangle } from 'electron';
import { z } from 'zod';

/** No narrower and no lower than this: below it the console's own layout ends. */
export const MIN_WIDTH = 960;
export const MIN_HEIGHT = 600;

const windowState = z.object({
  position: z.object({ x: z.number().int(), y: z.number().int() }).optional(),
  width: z.number().int().min(MIN_WIDTH).max(20_000),
  height: z.number().int().min(MIN_HEIGHT).max(20_000),
  maximized: z.boolean(),
});

/** `position` only where it is known and on a display that is there. */
export interface WindowState {
  readonly position?: { readonly x: number; readonly y: number };
  readonly width: number;
  readonly height: number;
  readonly maximized: boolean;
}

export const STANDARD_STATE: WindowState = { width: 1440, height: 900, maximized: false };
/** So much of a window must be on a display that a person can take hold of it. */
const GRIP = 100;
const CASCADE = 28;

/** Where the window was last; a display that is gone since must not hide it, and a damaged file is no reason to fail. */
export function readWindowState(file: string, displays: readonly Rectangle[]): WindowState {
  let parsed;
  try {
    parsed = windowState.safeParse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return STANDARD_STATE;
  }
  if (!parsed.success) return STANDARD_STATE;
  const { position, ...size } = parsed.data;
  const isVisible =
    position !== undefined && displays.some((display) => overlaps(display, { ...position, ...size }));
  return isVisible ? { ...size, position } : size;
}

/** A second window stands beside the first, not on it; back at the display's corner when it would leave it. */
export function besideWindow(
  size: { readonly width: number; readonly height: number },
  { beside, displays }: { beside: Rectangle; displays: readonly Rectangle[] },
): WindowState {
  const display = displays.find((each) => overlaps(each, beside)) ?? displays[0];
  const position = { x: beside.x + CASCADE, y: beside.y + CASCADE };
  const isInside =
    display === undefined ||
    (position.x + size.width <= display.x + display.width &&
      position.y + size.height <= display.y + display.height);
  return { ...size, maximized: false, position: isInside ? position : { x: display.x, y: display.y } };
}

function overlaps(display: Rectangle, window: Rectangle): boolean {
  const width = Math.min(display.x + display.width, window.x + window.width) - Math.max(display.x, window.x);
  const height =
    Math.min(display.y + display.height, window.y + window.height) - Math.max(display.y, window.y);
  return width >= GRIP && height >= GRIP;
}

/** Written aside and renamed, so that a crash leaves the old file whole. Throws the system's error. */
export function writeWindowState(file: string, state: WindowState): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.new`, JSON.stringify(state));
  renameSync(`${file}.new`, file);
}
