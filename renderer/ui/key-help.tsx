import { useMemo } from 'react';
import { Modal } from '@mantine/core';
import { create } from 'zustand';
import { keyCaps, useKeyBindings, useKeys } from './keys.ts';

const LIST_KEYS = [
  ['↑ ↓', 'Move in a list'],
  ['Enter', 'Open the row beside the list'],
  ['Space', 'Tick the row'],
  ['Shift ↑ ↓', 'Tick while moving'],
  ['Ctrl A', 'Tick all'],
  ['Home End', 'First, last row'],
  ['Esc', 'Clear ticks, close'],
] as const;

const useOpen = create<{ open: boolean }>(() => ({ open: false }));
const setOpen = (open: boolean): void => {
  useOpen.setState({ open });
};

/** Shows the keys, as `?` does. */
export function openKeyHelp(): void {
  setOpen(true);
}

/** The keys that work here, on `?`. Mount once, in the frame. */
export function KeyHelp() {
  const { open } = useOpen();
  const { bindings } = useKeyBindings();
  useKeys(
    useMemo(
      () => [
        {
          keys: '?',
          label: 'Show the keys',
          group: 'Everywhere',
          run: () => {
            setOpen(true);
          },
        },
      ],
      [],
    ),
  );
  const groups = Map.groupBy(
    bindings.filter((binding, at) => bindings.findLastIndex((other) => other.keys === binding.keys) === at),
    (binding) => binding.group,
  );
  return (
    <Modal
      opened={open}
      onClose={() => {
        setOpen(false);
      }}
      title="Keys"
      size={560}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <div className="ik-mb" style={{ display: 'block', columns: 2, columnGap: 32 }}>
        {[...groups].map(([group, list]) => (
          <section key={group} className="ik-keygroup">
            <h3>{group}</h3>
            {list.map((binding) => (
              <div key={binding.keys} className="ik-row ik-sm" style={{ height: 24 }}>
                <span className="ik-t2 ik-grow">{binding.label}</span>
                {keyCaps(binding.keys).map((cap, at) => (
                  <kbd key={`${cap}${at}`}>{cap}</kbd>
                ))}
              </div>
            ))}
          </section>
        ))}
        <section className="ik-keygroup">
          <h3>Lists</h3>
          {LIST_KEYS.map(([keys, label]) => (
            <div key={keys} className="ik-row ik-sm" style={{ height: 24 }}>
              <span className="ik-t2 ik-grow">{label}</span>
              {keys.split(' ').map((cap) => (
                <kbd key={cap}>{cap}</kbd>
              ))}
            </div>
          ))}
        </section>
      </div>
    </Modal>
  );
}
