import { useState } from 'react';
import IconArrowsRightLeft from '@tabler/icons-react/dist/esm/icons/IconArrowsRightLeft.mjs';
import IconTag from '@tabler/icons-react/dist/esm/icons/IconTag.mjs';
import type { HostRow } from '../../../shared/domains/fleet/host-contract.ts';
import { errorWords } from '../../client/error-words.ts';
import { BulkBar } from '../../ui/bulk-bar.tsx';
import { ActionButton } from '../../ui/button.tsx';
import type { RowSource } from '../../ui/row-source.ts';
import type { Selection } from '../../ui/selection.ts';
import { toast } from '../../ui/toast.ts';
import { CompareButton } from './compare-button.tsx';
import { HostLabelDialog } from './host-label-dialog.tsx';
import { HostMoveDialog } from './host-move-dialog.tsx';

/** One command takes so many hosts; an installation has hardly more. */
const HOSTS_AT_ONCE = 500;

async function readTicked(source: RowSource<HostRow>, selection: Selection): Promise<HostRow[]> {
  const found: HostRow[] = [];
  const { signal } = new AbortController();
  let cursor: string | undefined;
  do {
    const page = await source.loadPage(cursor, signal);
    found.push(...page.rows.filter((host) => selection.has(host.id)));
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined && found.length < HOSTS_AT_ONCE);
  return found.slice(0, HOSTS_AT_ONCE);
}

/** What can be done with the ticked hosts: comparing, another cluster, labels. */
export function HostBulkBar(props: {
  selection: Selection;
  total: number;
  source: RowSource<HostRow>;
  may: string | null;
}) {
  const [asked, setAsked] = useState<{ what: 'move' | 'label'; hosts: readonly HostRow[] } | null>(null);
  const [busy, setBusy] = useState(false);
  const ask = (what: 'move' | 'label'): void => {
    setBusy(true);
    readTicked(props.source, props.selection)
      .then(
        (hosts) => {
          setAsked({ what, hosts });
        },
        (error: unknown) => {
          toast('bad', 'The hosts could not be read', errorWords(error).sentence);
        },
      )
      .finally(() => {
        setBusy(false);
      });
  };
  const close = (): void => {
    setAsked(null);
  };
  const chosen = asked && {
    hosts: asked.hosts,
    onClose: close,
    onDone: () => {
      close();
      props.selection.clear();
    },
  };
  return (
    <>
      <BulkBar selection={props.selection} total={props.total} noun="hosts">
        <CompareButton kind="host" selection={props.selection} total={props.total} />
        <ActionButton
          size="sm"
          icon={IconArrowsRightLeft}
          reason={props.may}
          busy={busy}
          onClick={() => {
            ask('move');
          }}
        >
          Move to cluster…
        </ActionButton>
        <ActionButton
          size="sm"
          icon={IconTag}
          reason={props.may}
          busy={busy}
          onClick={() => {
            ask('label');
          }}
        >
          Labels…
        </ActionButton>
      </BulkBar>
      {chosen && asked.what === 'move' ? <HostMoveDialog {...chosen} /> : null}
      {chosen && asked.what === 'label' ? <HostLabelDialog {...chosen} /> : null}
    </>
  );
}
