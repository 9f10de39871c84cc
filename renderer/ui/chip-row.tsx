import { useEffect, useRef, useState } from 'react';
import type { ReactNode } from 'react';
import { Menu } from '@mantine/core';
import IconChevronDown from '@tabler/icons-react/dist/esm/icons/IconChevronDown.mjs';
import { Button } from './button.tsx';
import { Chip, ChipBar } from './chips.tsx';

export interface RowChip {
  key: string;
  label: string;
  count: ReactNode;
  on: boolean;
  title?: string;
  onClick: () => void;
}

/** How many of the row's chips stand on its first line: the others are under "more". */
function useFitting(keys: string) {
  const row = useRef<HTMLDivElement>(null);
  const [fitting, setFitting] = useState(Number.POSITIVE_INFINITY);
  useEffect(() => {
    const line = row.current;
    if (!line) return undefined;
    const chips = [...line.children].filter((chip) => chip instanceof HTMLElement);
    const observer = new ResizeObserver(() => {
      setFitting(chips.filter((chip) => chip.offsetTop === chips[0]?.offsetTop).length);
    });
    for (const each of [line, ...chips]) observer.observe(each);
    return () => {
      observer.disconnect();
    };
  }, [keys]);
  return { row, fitting };
}

/** One that is on and does not fit comes first, and stays there. */
function usePulled(chips: readonly RowChip[], fitting: number): readonly RowChip[] {
  const [pulled, setPulled] = useState<string>();
  const on = chips.findIndex((chip) => chip.on);
  const hidden = on >= fitting ? chips[on]?.key : undefined;
  if (hidden !== undefined && hidden !== pulled) setPulled(hidden);
  const first = chips.filter(({ key }) => key === pulled);
  return [...first, ...chips.filter(({ key }) => key !== pulled)];
}

/** Chips on one line; those that do not fit stand in a menu. `children` follow and are always seen. */
export function ChipRow(props: { label: string; chips: readonly RowChip[]; children?: ReactNode }) {
  const { row, fitting } = useFitting(props.chips.map(({ key }) => key).join(' '));
  const chips = usePulled(props.chips, fitting);
  const more = chips.slice(fitting);
  return (
    <ChipBar label={props.label}>
      <div ref={row} className="ik-chip-row">
        {chips.map(({ key, label, count, on, title, onClick }, at) => (
          <span key={key} inert={at >= fitting}>
            <Chip on={on} title={title} onClick={onClick}>
              {label}
              {count}
            </Chip>
          </span>
        ))}
      </div>
      {more.length > 0 ? (
        <Menu position="bottom-end">
          <Menu.Target>
            <Button size="sm" kind="ghost" icon={IconChevronDown} aria-haspopup="menu">
              {`${more.length} more`}
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            {more.map(({ key, label, count, onClick }) => (
              <Menu.Item
                key={key}
                onClick={onClick}
                rightSection={<span className="ik-num ik-t3">{count}</span>}
              >
                {label}
              </Menu.Item>
            ))}
          </Menu.Dropdown>
        </Menu>
      ) : null}
      {props.children}
    </ChipBar>
  );
}
