import { useMemo } from 'react';
import { Popover } from '@mantine/core';
import { useLocalStorage } from '@mantine/hooks';
import IconArrowDown from '@tabler/icons-react/dist/esm/icons/IconArrowDown.mjs';
import IconArrowUp from '@tabler/icons-react/dist/esm/icons/IconArrowUp.mjs';
import IconColumns3 from '@tabler/icons-react/dist/esm/icons/IconColumns3.mjs';
import { Button } from './button.tsx';
import type { TableColumn } from './table-column.ts';

interface Choice {
  order: readonly string[];
  hidden: readonly string[];
}

export interface ColumnChoice<Row> {
  /** Shown, in the chosen order. */
  shown: readonly TableColumn<Row>[];
  /** All, in the chosen order. */
  all: readonly TableColumn<Row>[];
  isShown: (key: string) => boolean;
  toggle: (key: string) => void;
  move: (key: string, step: -1 | 1) => void;
  reset: () => void;
}

/** Which columns of a list are shown and in which order; kept for the next visit under the list's id. */
export function useColumnChoice<Row>(
  tableId: string,
  columns: readonly TableColumn<Row>[],
): ColumnChoice<Row> {
  const fallback = useMemo<Choice>(
    () => ({
      order: columns.map((column) => column.key),
      hidden: columns.filter((column) => column.optional).map((column) => column.key),
    }),
    [columns],
  );
  const [choice, setChoice, forget] = useLocalStorage<Choice>({
    key: `ik.columns.${tableId}`,
    defaultValue: fallback,
    getInitialValueInEffect: false,
  });
  return useMemo(() => {
    const place = (column: TableColumn<Row>): number => {
      const at = choice.order.indexOf(column.key);
      return at < 0 ? columns.indexOf(column) : at;
    };
    const all = columns.toSorted((a, b) => place(a) - place(b));
    const isShown = (key: string): boolean => !choice.hidden.includes(key);
    const order = all.map((column) => column.key);
    return {
      all,
      shown: all.filter((column) => column.fixed || isShown(column.key)),
      isShown,
      toggle: (key) => {
        const hidden = isShown(key) ? [...choice.hidden, key] : choice.hidden.filter((each) => each !== key);
        setChoice({ order, hidden });
      },
      move: (key, step) => {
        const from = order.indexOf(key);
        const to = from + step;
        if (to < 0 || to >= order.length) return;
        setChoice({ order: order.toSpliced(from, 1).toSpliced(to, 0, key), hidden: choice.hidden });
      },
      reset: forget,
    };
  }, [choice, columns, setChoice, forget]);
}

/** "Columns": tick what is shown, move it with the arrows. */
export function ColumnMenu<Row>({ choice }: { choice: ColumnChoice<Row> }) {
  return (
    <Popover position="bottom-end" width={260} trapFocus>
      <Popover.Target>
        <Button kind="ghost" size="sm" icon={IconColumns3} aria-haspopup="dialog">
          Columns
        </Button>
      </Popover.Target>
      <Popover.Dropdown aria-label="Columns">
        <ul className="ik-columns">
          {choice.all.map((column) => (
            <li key={column.key}>
              <label>
                <input
                  type="checkbox"
                  checked={column.fixed ?? choice.isShown(column.key)}
                  disabled={column.fixed ?? false}
                  onChange={() => {
                    choice.toggle(column.key);
                  }}
                />
                {column.title}
              </label>
              <Button
                kind="ghost"
                size="sm"
                icon={IconArrowUp}
                label={`Move ${column.title} left`}
                onClick={() => {
                  choice.move(column.key, -1);
                }}
              />
              <Button
                kind="ghost"
                size="sm"
                icon={IconArrowDown}
                label={`Move ${column.title} right`}
                onClick={() => {
                  choice.move(column.key, 1);
                }}
              />
            </li>
          ))}
        </ul>
        <Button kind="ghost" size="sm" onClick={choice.reset}>
          As it was
        </Button>
      </Popover.Dropdown>
    </Popover>
  );
}
