import { useEffect, useMemo, useRef, useState } from 'react';
import type { ReactNode } from 'react';
import { useLocation, useSearch } from 'wouter';
import IconPlus from '@tabler/icons-react/dist/esm/icons/IconPlus.mjs';
import { ActionButton, Button } from './button.tsx';
import { ColumnMenu, useColumnChoice } from './column-choice.tsx';
import { columnsBeside } from './columns-beside.ts';
import { CsvButton } from './csv-button.tsx';
import { useDetailStep } from './detail-step.ts';
import type { DetailStep } from './detail-step.ts';
import { useElementSize } from './element-size.ts';
import { EmptyState } from './empty-state.tsx';
import { formatCount } from './format.ts';
import type { IconComponent } from './icon.ts';
import { useKeys } from './keys.ts';
import type { KeyBinding } from './keys.ts';
import { PageHead } from './page-head.tsx';
import { QueryBar } from './query-bar.tsx';
import { problemIn } from './query-completion.ts';
import type { QueryField } from './query-completion.ts';
import type { RowListState } from './row-list.ts';
import type { RowSource } from './row-source.ts';
import type { Selection } from './selection.ts';
import { SplitView } from './split-view.tsx';
import type { Sort, TableColumn } from './table-column.ts';
import { VirtualTable } from './virtual-table.tsx';

/** Rows by query and sort, both kept in the address. */
export interface BoundList<Row> {
  query: string;
  setQuery: (query: string) => void;
  sort: Sort;
  setSort: (sort: Sort) => void;
  source: RowSource<Row>;
  /** How many there are without any query; undefined until it is known. */
  all: number | undefined;
}

/** What a detail beside the list is given. */
export interface DetailBeside {
  step: DetailStep;
  onClose: () => void;
}

export interface ListPageProps<Row> {
  /** Address of the list (`/vms`); a row's own is below it. Its last part names the list's memory and its CSV. */
  path: string;
  /** `VM`, `VMs`; small letters where the word has them (`host`, `hosts`). */
  one: string;
  many: string;
  icon: IconComponent;
  list: BoundList<Row>;
  columns: readonly TableColumn<Row>[];
  fields: readonly QueryField[];
  placeholder: string;
  /** Pages that this list is one of; they stand where those of other pages do, under the head. */
  tabs?: ReactNode;
  /** Saved queries, a bar of chips. */
  chips?: ReactNode;
  /** The one button that makes another, also on `n`; `reason` says why it is off. */
  create?: { words: string; reason: string | null; run: () => void };
  /** Beside the button that makes another: another way to it. */
  more?: ReactNode;
  /** Where there is nothing at all: what the page is for in a sentence, or the whole of what stands there. */
  empty: ReactNode;
  /** Where nothing matches. */
  noMatch?: string;
  /** The row shown beside the list. */
  shownId: string | undefined;
  detail: (id: string, beside: DetailBeside) => ReactNode;
  /** For details that show a document. */
  wide?: boolean;
  isStale?: (row: Row) => boolean;
  selection?: Selection;
  /** Over the list: the bulk bar, dialogs. */
  children?: (state: RowListState | null) => ReactNode;
}

const idOf = (row: { id: string }): string => row.id;
const capital = (words: string): string => words.charAt(0).toUpperCase() + words.slice(1);
/** What the address says of the detail alone. */
const OF_DETAIL = ['tab', 'range', 'alone'];

/** "412 of 56,214", and what the list keeps in its place meanwhile. */
function Meta({ state, query, all }: { state: RowListState | null; query: string; all: number | undefined }) {
  if (!state) return null;
  return (
    <>
      <span>
        <b className="ik-strong ik-tn" style={{ color: 'var(--ik-text)' }}>
          {formatCount(state.total)}
        </b>
        {query === '' || all === undefined ? null : <span className="ik-tn"> of {formatCount(all)}</span>}
      </span>
      {state.gone > 0 ? <span>{formatCount(state.gone)} no longer match; kept in place</span> : null}
    </>
  );
}

function Empty<Row>(props: ListPageProps<Row>) {
  const { icon, many, create, list } = props;
  if (list.query !== '') {
    const showAll = (): void => {
      list.setQuery('');
    };
    return (
      <EmptyState
        icon={icon}
        title={`No ${props.one} matches`}
        action={<Button onClick={showAll}>Show all {many}</Button>}
      >
        {props.noMatch ?? 'Nothing fits this query now.'}
      </EmptyState>
    );
  }
  if (typeof props.empty !== 'string') return props.empty;
  const action = create && (
    <ActionButton reason={create.reason} onClick={create.run}>
      {create.words}
    </ActionButton>
  );
  return (
    <EmptyState icon={icon} title={`No ${many} yet`} action={action}>
      {props.empty}
    </EmptyState>
  );
}

/** `n` makes another, Escape closes the detail; null where there is none to close. */
function useListKeys(create: ListPageProps<never>['create'], close: (() => void) | null): void {
  const latest = useRef({ create, close });
  useEffect(() => {
    latest.current = { create, close };
  });
  const isOpen = close !== null;
  const makes = create?.reason === null ? create.words : undefined;
  useKeys(
    useMemo<readonly KeyBinding[]>(() => {
      const group = 'This page';
      const closes = {
        keys: 'Escape',
        label: 'Close the detail',
        group,
        run: () => latest.current.close?.(),
      };
      const make = { keys: 'n', label: makes ?? '', group, run: () => latest.current.create?.run() };
      return [...(isOpen ? [closes] : []), ...(makes === undefined ? [] : [make])];
    }, [isOpen, makes]),
  );
}

/** A list by query with its head, saved queries and columns, and the detail of one row beside it; all of it in the address. */
export function ListPage<Row extends { id: string }>(props: ListPageProps<Row>) {
  const { path, many, list, create, shownId, selection } = props;
  const { query, sort, source } = list;
  const [, navigate] = useLocation();
  const search = useSearch();
  const [state, setState] = useState<RowListState | null>(null);
  const id = path.slice(path.lastIndexOf('/') + 1);
  const choice = useColumnChoice(id, props.columns);
  const { stepper, step } = useDetailStep();
  const { ref, width } = useElementSize();
  const columns = useMemo(
    () =>
      shownId === undefined
        ? choice.shown
        : columnsBeside(choice.shown, {
            widthPx: width,
            hasTicks: selection !== undefined,
            sortKey: sort.key,
          }),
    // oxlint-disable-next-line react/exhaustive-deps -- a tick is another selection; only whether there is one matters
    [choice.shown, shownId === undefined, width, selection === undefined, sort.key],
  );
  const close = (): void => {
    const params = new URLSearchParams(search);
    for (const name of OF_DETAIL) params.delete(name);
    const rest = params.toString();
    navigate(rest === '' ? path : `${path}?${rest}`);
  };
  // Escape takes the ticks away first: that is the bulk bar's.
  const isTicked = (selection?.count(state?.total ?? 0) ?? 0) > 0;
  useListKeys(create, shownId === undefined || isTicked ? null : close);
  const problem = source.describeError && state?.error ? source.describeError(state.error) : null;
  const bar = (
    <QueryBar
      value={query}
      onChange={list.setQuery}
      fields={props.fields}
      placeholder={props.placeholder}
      problem={problem?.code === 'bad-input' ? problemIn(query, problem.sentence) : null}
    />
  );
  return (
    <SplitView
      wide={props.wide ?? false}
      list={
        <>
          <div ref={ref} />
          <PageHead
            tight
            title={capital(many)}
            meta={<Meta state={state} query={query} all={list.all} />}
            actions={
              <>
                <ColumnMenu choice={choice} />
                <CsvButton fileName={`${id}.csv`} source={source} columns={choice.shown} />
                {props.more}
                {create ? (
                  <ActionButton
                    size="sm"
                    kind="primary"
                    icon={IconPlus}
                    reason={create.reason}
                    onClick={create.run}
                  >
                    {create.words}
                  </ActionButton>
                ) : null}
              </>
            }
          />
          {props.tabs ? <div style={{ paddingBottom: 8 }}>{props.tabs}</div> : null}
          {props.chips ? bar : <div style={{ paddingBottom: 8 }}>{bar}</div>}
          {props.chips}
          <VirtualTable
            id={id}
            label={capital(many)}
            columns={columns}
            rowKey={idOf}
            source={source}
            sort={sort}
            onSort={list.setSort}
            currentKey={shownId}
            onOpen={(row) => {
              // Going through the list is one step back, not forty.
              navigate(`${path}/${row.id}${search === '' ? '' : `?${search}`}`, {
                replace: shownId !== undefined,
              });
            }}
            stepper={stepper}
            {...(selection ? { selection } : {})}
            {...(props.isStale ? { isStale: props.isStale } : {})}
            onState={setState}
            empty={<Empty {...props} />}
          />
          {props.children?.(state)}
        </>
      }
      detail={shownId === undefined ? null : props.detail(shownId, { step, onClose: close })}
    />
  );
}
