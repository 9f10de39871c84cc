import { useEffect, useRef, useState } from 'react';
import type { UseFormReturnType } from '@mantine/form';
import { keptKey } from './page-base.ts';

interface Kept<Values, Seen> {
  values: Partial<Values>;
  /** The thing as it was when the person began to type. */
  seen?: Seen;
}

function keptDraft<Values, Seen>(storageKey: string): Kept<Values, Seen> | null {
  try {
    const kept = JSON.parse(localStorage.getItem(storageKey) ?? 'null') as Kept<Values, Seen> | null;
    return typeof kept?.values === 'object' ? kept : null;
  } catch {
    return null;
  }
}

function keep(storageKey: string, text: string): void {
  try {
    localStorage.setItem(storageKey, text);
  } catch {
    // The browser gives no more room: the form works on, and only a crash would cost what was typed.
    localStorage.removeItem(storageKey);
  }
}

/** What was seen before a field was added to the thing was not seen with it: the field counts as it is now, and so does what was typed. */
function withFieldsAddedSince<Seen>(seen: Seen, now: Seen): Seen {
  const isWhole = (thing: unknown): thing is object =>
    typeof thing === 'object' && thing !== null && !Array.isArray(thing);
  return isWhole(seen) && isWhole(now) ? { ...now, ...seen } : seen;
}

export interface FormDraft<Seen> {
  /** Forgets what was typed, once the command succeeded; a form that stays open begins anew from `now`. */
  clear: (now?: Seen) => void;
  /** True while the form holds what was typed before. */
  restored: boolean;
  /** Forgets what was typed and puts the first values back. */
  discard: () => void;
  /** What the person saw who typed this: a command that takes `before` gets this one. */
  seen: Seen;
}

/**
 * Keeps what was typed across errors, reloads and crashes, under `key`, until `clear()`. `omit` names the fields that must never be
 * written down (passwords, passphrases). `seen` is the thing as it is edited: it is kept with what was typed, because what was typed
 * yesterday answers what was seen yesterday, and a change of somebody else since must be noticed when it is saved.
 */
export function useFormDraft<Values extends Record<string, unknown>, Seen = undefined>(
  form: UseFormReturnType<Values>,
  key: string,
  options: { omit?: readonly (keyof Values)[]; seen?: Seen } = {},
): FormDraft<Seen> {
  const storageKey = keptKey(`ik.draft.${key}`);
  const { omit = [] } = options;
  const [kept, setKept] = useState(() => keptDraft<Values, Seen>(storageKey));
  const [first, setFirst] = useState(options.seen as Seen);
  const seen = kept?.seen === undefined ? first : withFieldsAddedSince(kept.seen, options.seen as Seen);
  const restored = useRef(false);
  const { setValues, reset } = form;
  useEffect(() => {
    if (restored.current) return;
    restored.current = true;
    if (kept) setValues(kept.values);
  }, [setValues, kept]);
  const values = form.getValues();
  const dirty = form.isDirty();
  const text = JSON.stringify({
    values: Object.fromEntries(Object.entries(values).filter(([name]) => !omit.includes(name))),
    seen,
  });
  useEffect(() => {
    if (restored.current && dirty) keep(storageKey, text);
  }, [text, storageKey, dirty]);
  const clear = (now?: Seen): void => {
    localStorage.removeItem(storageKey);
    setKept(null);
    if (now !== undefined) setFirst(now);
  };
  return {
    clear,
    restored: kept !== null,
    discard: () => {
      reset();
      clear();
    },
    seen,
  };
}
