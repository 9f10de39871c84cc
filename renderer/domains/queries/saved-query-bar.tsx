import { useEffect, useRef, useState } from 'react';
import { Menu } from '@mantine/core';
import IconBookmark from '@tabler/icons-react/dist/esm/icons/IconBookmark.mjs';
import IconDots from '@tabler/icons-react/dist/esm/icons/IconDots.mjs';
import type { QueriedList, SavedQuery } from '../../../shared/domains/queries/queries-contract.ts';
import type { InputOf, ListName } from '../../client/operation-types.ts';
import { useCommand } from '../../client/use-command.ts';
import { useMay } from '../../client/use-may.ts';
import { useQuery } from '../../client/use-query.ts';
import { useAddressParam, useSetAddressParams } from '../../ui/address.ts';
import { Button } from '../../ui/button.tsx';
import { ChipRow } from '../../ui/chip-row.tsx';
import { formatCount } from '../../ui/format.ts';
import { toast, toastUndo } from '../../ui/toast.ts';
import { SavedQueryDialog } from './saved-query-dialog.tsx';

/** A count may be three seconds old; it is not what people act on. */
const COUNT_EVERY_MS = 3000;
/** Own topic of saved queries: see the contract's handlers. */
const SAVED = ['saved'];

function Count<Name extends ListName>({
  op,
  query,
  topics,
}: {
  op: Name;
  query: string;
  topics: readonly string[];
}) {
  const found = useQuery(op, { query, limit: 0 } as unknown as InputOf<Name>, {
    topics,
    atMostEveryMs: COUNT_EVERY_MS,
  });
  const total = (found.data as { total: number } | undefined)?.total;
  return total === undefined ? null : <b>{formatCount(total)}</b>;
}

/** Whether what the list shows is this query. */
function isShown(saved: Pick<SavedQuery, 'query' | 'sort'>, query: string, sort: string): boolean {
  return saved.query === query && (saved.sort === '' || saved.sort === sort);
}

/** The one the list opens with, one's own, those that are shared, those of the console. */
function inOrder(rows: readonly SavedQuery[], opensWith: string | undefined): readonly SavedQuery[] {
  const place = (saved: SavedQuery): number => {
    if (saved.id === opensWith) return 0;
    if (saved.owner === '') return 3;
    return saved.shared ? 2 : 1;
  };
  return rows.toSorted((a, b) => place(a) - place(b));
}

function titleOf(saved: SavedQuery, opensWith: string | undefined): string {
  return [
    saved.query,
    saved.owner === '' ? '' : `saved by ${saved.owner}${saved.shared ? ' for everybody' : ''}`,
    saved.id === opensWith ? 'this list opens with it' : '',
  ]
    .filter(Boolean)
    .join(' · ');
}

/** A list that was opened without a query opens with the one the person chose for it; what is typed later stays. */
function useOpening(
  saved: SavedQuery | undefined,
  isKnown: boolean,
  show: (saved: SavedQuery) => void,
): void {
  const opened = useRef(false);
  useEffect(() => {
    if (opened.current || !isKnown) return;
    opened.current = true;
    if (saved && !new URLSearchParams(window.location.search).has('query')) show(saved);
  }, [saved, isKnown, show]);
}

/**
 * The saved queries of a list as chips, each with how many match now: one's own, those that are shared, those of the console.
 * What is typed is saved from here; a saved one is renamed, shared, removed (with a way back) or made what the list opens with.
 */
export function SavedQueryBar<Name extends ListName>(props: {
  list: QueriedList;
  op: Name;
  /** What changes a count. */
  topics: readonly string[];
}) {
  const { list, op, topics } = props;
  const saved = useQuery('queries.savedQueryList', { list }, { topics: SAVED });
  const [query] = useAddressParam('query');
  const [sort] = useAddressParam('sort');
  const setParams = useSetAddressParams();
  const [edited, setEdited] = useState<SavedQuery | 'new' | null>(null);
  const opensWith = saved.data?.defaults[list];
  const rows = inOrder(saved.data?.rows ?? [], opensWith);
  const current = rows.find((each) => query !== '' && isShown(each, query, sort));
  const show = (each: SavedQuery): void => {
    setParams({ query: each.query, ...(each.sort === '' ? {} : { sort: each.sort }) });
  };
  useOpening(
    rows.find((each) => each.id === opensWith),
    saved.data !== undefined,
    show,
  );
  return (
    <>
      <ChipRow
        label="Saved queries"
        chips={rows.map((each) => ({
          key: each.id,
          label: each.name,
          count: <Count op={op} query={each.query} topics={topics} />,
          on: current?.id === each.id,
          title: titleOf(each, opensWith),
          onClick: () => {
            if (current?.id === each.id) setParams({ query: '' });
            else show(each);
          },
        }))}
      >
        {query !== '' && !current ? (
          <Button
            size="sm"
            kind="ghost"
            icon={IconBookmark}
            onClick={() => {
              setEdited('new');
            }}
          >
            Save query
          </Button>
        ) : null}
        {current ? (
          <SavedQueryMenu
            saved={current}
            isDefault={current.id === opensWith}
            onEdit={() => {
              setEdited(current);
            }}
          />
        ) : null}
      </ChipRow>
      {edited ? (
        <SavedQueryDialog
          list={list}
          saved={edited === 'new' ? null : edited}
          query={query}
          sort={sort}
          onClose={() => {
            setEdited(null);
          }}
        />
      ) : null}
    </>
  );
}

/** What can be done with the saved query that is shown. */
export function SavedQueryMenu({
  saved,
  isDefault,
  onEdit,
}: {
  saved: SavedQuery;
  isDefault: boolean;
  onEdit: () => void;
}) {
  const remove = useCommand('queries.savedQueryRemove');
  const restore = useCommand('queries.savedQueryRestore');
  const choose = useCommand('queries.savedQueryDefault');
  const may = useMay('system.read');
  const { id, name, list } = saved;
  return (
    <Menu position="bottom-start">
      <Menu.Target>
        <Button size="sm" kind="ghost" icon={IconDots} label={`More for ${name}`} />
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item
          disabled={may !== null}
          onClick={() => {
            void choose.run({ list, id: isDefault ? null : id }).then((done) => {
              if (done)
                toast('ok', isDefault ? 'The list opens with all again' : `The list opens with ${name}`);
            });
          }}
        >
          {isDefault ? 'Open the list with all again' : 'Open the list with this'}
        </Menu.Item>
        {saved.mine ? (
          <>
            <Menu.Item onClick={onEdit}>Rename, share…</Menu.Item>
            <Menu.Item
              color="red"
              onClick={() => {
                void remove.run({ id }).then((done) => {
                  if (done)
                    toastUndo(`${name} was removed`, () => {
                      void restore.run({ id });
                    });
                });
              }}
            >
              Remove
            </Menu.Item>
          </>
        ) : null}
      </Menu.Dropdown>
    </Menu>
  );
}
