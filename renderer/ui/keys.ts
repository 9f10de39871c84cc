import { useEffect } from 'react';
import { create } from 'zustand';

/** A key a person can press, and what it does. `keys`: `/`, `?`, `Escape`, `mod+k`, or two in a row: `g v`. */
export interface KeyBinding {
  keys: string;
  label: string;
  /** Heading in the key help. */
  group: string;
  /** Absent where the part handles the key itself and only wants it listed. */
  run?: () => void;
}

const SEQUENCE_MS = 1200;

export const useKeyBindings = create<{ bindings: readonly KeyBinding[] }>(() => ({ bindings: [] }));

let firstKey: { key: string; atMs: number } | undefined;

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable ||
      ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName) ||
      // A terminal and a screen take every key, a dialog and a menu close by themselves.
      target.closest('.xterm, [role="application"], [role="dialog"], [role="menu"]') !== null)
  );
}

/** Whether a dialog was open when the key went down: it may have closed by it, before the focus was in it and before we hear of the key. */
let isUnderDialog = false;
function noteDialog(): void {
  isUnderDialog = document.querySelector('[role="dialog"][aria-modal="true"]') !== null;
}

function pressed(event: KeyboardEvent): string {
  const mod = event.ctrlKey || event.metaKey ? 'mod+' : '';
  return mod + (event.key.length === 1 ? event.key.toLowerCase() : event.key);
}

function onKeyDown(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.altKey) return;
  const key = pressed(event);
  if ((isUnderDialog || isTyping(event.target)) && !key.startsWith('mod+')) return;
  const sequence = firstKey && event.timeStamp - firstKey.atMs < SEQUENCE_MS ? `${firstKey.key} ${key}` : key;
  const { bindings } = useKeyBindings.getState();
  const found =
    bindings.findLast((binding) => binding.keys === sequence && binding.run) ??
    bindings.findLast((binding) => binding.keys === key && binding.run);
  firstKey = { key, atMs: event.timeStamp };
  if (!found) return;
  firstKey = undefined;
  event.preventDefault();
  found.run?.();
}

let attached = 0;

/** Binds keys while the part is on screen; the latest binding of a key wins. `bindings` must be stable (useMemo). */
export function useKeys(bindings: readonly KeyBinding[]): void {
  useEffect(() => {
    if (attached++ === 0) {
      window.addEventListener('keydown', noteDialog, { capture: true });
      document.addEventListener('keydown', onKeyDown);
    }
    useKeyBindings.setState((state) => ({ bindings: [...state.bindings, ...bindings] }));
    return () => {
      if (--attached === 0) {
        window.removeEventListener('keydown', noteDialog, { capture: true });
        document.removeEventListener('keydown', onKeyDown);
      }
      useKeyBindings.setState((state) => ({
        bindings: state.bindings.filter((binding) => !bindings.includes(binding)),
      }));
    };
  }, [bindings]);
}

const MOD = typeof navigator !== 'undefined' && navigator.platform.startsWith('Mac') ? '⌘' : 'Ctrl';

/** `mod+k` → `['Ctrl', 'K']`, `g v` → `['g', 'v']`. */
export function keyCaps(keys: string): string[] {
  return keys
    .split(/[+ ]/)
    .map((key) => (key === 'mod' ? MOD : keys.includes('mod') ? key.toUpperCase() : key));
}
