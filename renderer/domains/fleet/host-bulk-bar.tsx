import { useState } from 'react';
import IconArrowsRightLeft from '@tabler/icons-react/dist/esm/icons/IconArrowsRightLeft.mjs';
import IconTag from '@tabler/icons-react/dist/esm/icons/IconTag.mjs';
import type { HostRow } from '../../../shared/domains/fleet/host-contract.ts';
import { useEngine } from '../../client/engine-context.tsx';
import { errorWords } from '../../client/error-words.ts';
import { BulkBar } from '../../ui/bulk-bar.tsx';
import { ActionButton } from '../../ui/button.tsx';
import { formatCount } from '../../ui/format.ts';
import type { Selection } from '../../ui/selection.ts';
import { toast } from '../../ui/toast.ts';
import { CompareButton } from './compare-button.tsx';
import { HostLabelDialog } from './host-label-dialog.tsx';
import { HostMoveDialog } from './host-move-dialog.tsx';
import { HOSTS_AT_ONCE, readTicked, whyTooMany } from './ticked-hosts.ts';

/** What can be done with the ticked hosts: comparing, another cluster, labels. */
export function HostBulkBar(props: {
  selection: Selection;
  total: number;
  /** Of the list: what "all that match" are. */
  query: string;
  may: string | null;
}) {
  const [asked, setAsked] = useState<{ what: 'move' | 'label'; hosts: readonly HostRow[] } | null>(null);
  const [busy, setBusy] = useState(false);
  const { client } = useEngine();
  const count = props.selection.count(props.total);
  const reason = props.may ?? whyTooMany(count);
  const ask = (what: 'move' | 'label'): void => {
    setBusy(true);
    readTicked(props.selection, props.query, async (query, cursor) =>
      client.query('fleet.hostList', { query, limit: HOSTS_AT_ONCE, ...(cursor ? { cursor } : {}) }),
    )
      .then(
        (hosts) => {
          const gone = props.selection.all ? 0 : count - hosts.length;
          if (gone > 0)
            toast('acc', `${formatCount(gone)} of the ticked hosts ${gone === 1 ? 'was' : 'were'} removed`);
          if (hosts.length > 0) setAsked({ what, hosts });
          else props.selection.clear();
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
          reason={reason}
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
          reason={reason}
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
