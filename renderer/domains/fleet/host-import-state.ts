import { useRef, useState } from 'react';
import type { ImportReading } from '../../../shared/domains/fleet/host-import-rules.ts';
import { useEngine } from '../../client/engine-context.tsx';
import { errorWords } from '../../client/error-words.ts';
import type { InputOf, ResultOf } from '../../client/operation-types.ts';
import { withCompared, withToggled, type ComparedKeys, type ShownKey } from './host-import-keys.ts';

type Checked = ResultOf<'fleet.hostImportCheck'>['lines'][number];
type CheckInput = InputOf<'fleet.hostImportCheck'>;

/** A line of the list with what is known of its host by now. */
export interface ImportRow extends ImportReading {
  /** `new`: not looked at yet. */
  readonly state: 'new' | 'ready' | 'key' | 'known' | 'bad';
  readonly checked: Checked | undefined;
  readonly isConfirmed: boolean;
  /** Fingerprints that were confirmed, of jump hosts too. */
  readonly accepted: readonly string[];
}

/** Hosts asked for in one call: so often is said how far it is. */
const BATCH = 10;

export function importInputOf({ line, accepted, checked }: ImportRow): CheckInput['lines'][number] {
  const fingerprints = [
    ...accepted,
    ...(line.fingerprint === '' ? [] : [line.fingerprint]),
    // Of a host that was looked at whole, its key is the one that was confirmed.
    ...(checked?.verdict === 'ready' ? [checked.fingerprint] : []),
  ];
  return {
    ...line,
    jump: [...line.jump],
    labels: [...line.labels],
    fingerprint: [...new Set(fingerprints)].join(' '),
  };
}

/** What is known of a line stays only while the line is what it was when it was looked at. */
const keyOf = ({ line }: ImportReading): string => JSON.stringify(line);

const shownKeyOf = (row: ImportRow): ShownKey => ({
  key: keyOf(row),
  fingerprint: row.checked?.fingerprint ?? '',
});

/** Looks at the hosts of a list in batches, and keeps which keys were confirmed. */
export function useImportCheck(lines: readonly ImportReading[]) {
  const { client } = useEngine();
  const [checked, setChecked] = useState<ReadonlyMap<string, Checked>>(new Map());
  const [accepted, setAccepted] = useState<ComparedKeys>(new Map());
  const [run, setRun] = useState<{ done: number; of: number } | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const busy = useRef(false);
  const rows = lines.map((reading): ImportRow => {
    const key = keyOf(reading);
    const found = checked.get(key);
    const yes = accepted.get(key) ?? [];
    return {
      ...reading,
      checked: found,
      accepted: yes,
      state: reading.problems.length > 0 ? 'bad' : (found?.verdict ?? 'new'),
      isConfirmed: found !== undefined && yes.includes(found.fingerprint),
    };
  });
  return {
    rows,
    pending: run !== null,
    done: run?.done ?? 0,
    of: run?.of ?? 0,
    problem,
    confirm: (which: readonly ImportRow[]) => {
      setAccepted((had) => withCompared(had, which.map(shownKeyOf)));
    },
    toggle: (row: ImportRow) => {
      setAccepted((had) => withToggled(had, shownKeyOf(row)));
    },
    run: async (which: readonly ImportRow[], auth: CheckInput['auth']) => {
      if (busy.current) return;
      busy.current = true;
      setProblem(null);
      try {
        for (let at = 0; at < which.length; at += BATCH) {
          setRun({ done: at, of: which.length });
          const batch = which.slice(at, at + BATCH);
          const { lines: found } = await client.command('fleet.hostImportCheck', {
            auth,
            lines: batch.map((row) => importInputOf(row)),
          });
          setChecked((had) => {
            const next = new Map(had);
            for (const [index, row] of batch.entries()) {
              const one = found[index];
              if (one) next.set(keyOf(row), one);
            }
            return next;
          });
        }
      } catch (error) {
        setProblem(errorWords(error).sentence);
      } finally {
        busy.current = false;
        setRun(null);
      }
    },
  };
}
