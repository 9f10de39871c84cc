import './command-palette.css';
import { useEffect, useMemo, useState } from 'react';
import { Spotlight, createSpotlight } from '@mantine/spotlight';
import IconSearch from '@tabler/icons-react/dist/esm/icons/IconSearch.mjs';
import type { IconComponent } from './icon.ts';
import { useKeys } from './keys.ts';
import { keptKey } from './page-base.ts';
import type { KeyBinding } from './keys.ts';

/** Spotlight hears the key itself. */
const LISTED: readonly KeyBinding[] = [
  { keys: 'mod+k', label: 'Find anything, run a command', group: 'Everywhere' },
];

const [paletteStore, palette] = createSpotlight();

/** Opens the palette; `Ctrl K` does it everywhere. */
export function openPalette(): void {
  palette.open();
}

export interface PaletteItem {
  id: string;
  title: string;
  hint?: string | undefined;
  group: string;
  icon: IconComponent;
  run: () => void;
}

const RECENT_KEY = 'ik.palette.recent';
const RECENT_MAX = 8;
const WAIT_MS = 120;

interface Recent {
  id: string;
  title: string;
  hint: string;
}

function readRecent(): readonly Recent[] {
  try {
    const list: unknown = JSON.parse(localStorage.getItem(keptKey(RECENT_KEY)) ?? '[]');
    return Array.isArray(list) ? (list as Recent[]) : [];
  } catch {
    return [];
  }
}

function remember(item: PaletteItem): void {
  const rest = readRecent().filter((each) => each.id !== item.id);
  const entry = { id: item.id, title: item.title, hint: item.hint ?? '' };
  localStorage.setItem(keptKey(RECENT_KEY), JSON.stringify([entry, ...rest].slice(0, RECENT_MAX)));
}

/** The first hit is what Enter opens: Mantine marks it only when the text changes, ours arrive after that. */
function selectFirst(): void {
  const list = document.getElementById(paletteStore.getState().listId);
  list?.querySelector('[data-selected]')?.removeAttribute('data-selected');
  list?.querySelector('[data-action]')?.setAttribute('data-selected', 'true');
  paletteStore.updateState((state) => ({ ...state, selected: 0 }));
}

export interface CommandPaletteProps {
  /** Pages and commands, always there; filtered by what is typed. */
  commands: readonly PaletteItem[];
  /** Asks the engine for objects by name or number. */
  find: (text: string, signal: AbortSignal) => Promise<readonly PaletteItem[]>;
  /** Makes a remembered object runnable again. */
  revive: (recent: { id: string; title: string; hint: string }) => PaletteItem | null;
}

/** Jump to anything, run any command: recent first, then commands and what the engine finds. Mount once. */
export function CommandPalette({ commands, find, revive }: CommandPaletteProps) {
  const [query, setQuery] = useState('');
  const [found, setFound] = useState<{ query: string; items: readonly PaletteItem[]; failed: boolean }>({
    query: '',
    items: [],
    failed: false,
  });
  const text = query.trim();
  useEffect(() => {
    if (text === '') return undefined;
    const abort = new AbortController();
    const timer = setTimeout(() => {
      find(text, abort.signal)
        .then((items) => {
          setFound({ query: text, items, failed: false });
        })
        .catch(() => {
          if (!abort.signal.aborted) setFound({ query: text, items: [], failed: true });
        });
    }, WAIT_MS);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [text, find]);

  const items = useMemo(() => {
    const words = text.toLowerCase().split(/\s+/);
    const matching = commands.filter((item) =>
      words.every((word) => `${item.title} ${item.hint ?? ''}`.toLowerCase().includes(word)),
    );
    if (text !== '') return [...matching.slice(0, 6), ...(found.query === '' ? [] : found.items)];
    const recent = readRecent().flatMap(
      (each) => commands.find((item) => item.id === each.id) ?? revive(each) ?? [],
    );
    const again = recent.map((item) => ({ ...item, group: 'Recent' }));
    return [...again, ...commands.filter((item) => !again.some((each) => each.id === item.id))];
  }, [commands, found, revive, text]);
  useEffect(() => {
    if (text !== '') selectFirst();
  }, [items, text]);
  useKeys(LISTED);
  const groups = Map.groupBy(items, (item) => item.group);
  const waiting = text !== '' && found.query !== text;

  return (
    <Spotlight.Root
      store={paletteStore}
      query={query}
      onQueryChange={setQuery}
      shortcut={['mod + K']}
      tagsToIgnore={[]}
      scrollable
      maxHeight={420}
      size={640}
      centered={false}
      yOffset="14vh"
      overlayProps={{ backgroundOpacity: 1, color: 'transparent' }}
      transitionProps={{ duration: 0 }}
      title="Search and commands"
    >
      <Spotlight.Search
        placeholder="Find a VM, host, customer, invoice or task, or type a command"
        leftSection={<IconSearch size={16} aria-hidden />}
        aria-label="Find anything, or type a command"
      />
      <Spotlight.ActionsList>
        {[...groups].map(([group, list]) => (
          <Spotlight.ActionsGroup key={group} label={group}>
            {list.map((item) => (
              <Spotlight.Action
                key={item.id}
                onClick={() => {
                  remember(item);
                  item.run();
                }}
              >
                <span className="ik-pal">
                  <item.icon size={16} className="ik-t3" aria-hidden />
                  <span className="ik-el">{item.title}</span>
                  {item.hint ? <span className="ik-el ik-t3 ik-xs ik-end">{item.hint}</span> : null}
                </span>
              </Spotlight.Action>
            ))}
          </Spotlight.ActionsGroup>
        ))}
        {items.length === 0 ? (
          <Spotlight.Empty>
            {found.failed
              ? 'The search did not answer. Try again.'
              : waiting
                ? 'Searching…'
                : `Nothing is called “${text}”.`}
          </Spotlight.Empty>
        ) : null}
      </Spotlight.ActionsList>
    </Spotlight.Root>
  );
}
