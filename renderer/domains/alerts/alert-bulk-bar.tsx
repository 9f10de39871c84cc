import { useState } from 'react';
import IconUserCheck from '@tabler/icons-react/dist/esm/icons/IconUserCheck.mjs';
import { useEngine } from '../../client/engine-context.tsx';
import { errorWords } from '../../client/error-words.ts';
import { useCommand } from '../../client/use-command.ts';
import { useMay } from '../../client/use-may.ts';
import { useAddressParam } from '../../ui/address.ts';
import { BulkBar } from '../../ui/bulk-bar.tsx';
import { ActionButton } from '../../ui/button.tsx';
import { formatCount } from '../../ui/format.ts';
import type { Selection } from '../../ui/selection.ts';
import { toast } from '../../ui/toast.ts';

const AT_ONCE = 500;

/** Takes on all that are ticked, also those that are not loaded. */
export function AlertBulkBar({ selection, total }: { selection: Selection; total: number }) {
  const { client } = useEngine();
  const may = useMay('alerts.operate');
  const acknowledge = useCommand('alerts.alertAcknowledge');
  const [query] = useAddressParam('query');
  const [reading, setReading] = useState(false);
  const takeOn = async (): Promise<void> => {
    setReading(true);
    try {
      const ids = selection.all ? await allIds(client, query) : [...selection.keys];
      let taken = 0;
      for (let from = 0; from < ids.length; from += AT_ONCE) {
        const done = await acknowledge.run({ alertIds: ids.slice(from, from + AT_ONCE) });
        if (!done) return;
        taken += done.alerts;
      }
      toast('ok', `Took on ${formatCount(taken)} ${taken === 1 ? 'alert' : 'alerts'}`);
      selection.clear();
    } catch (error) {
      toast('bad', 'Not done', errorWords(error).sentence);
    } finally {
      setReading(false);
    }
  };
  return (
    <BulkBar selection={selection} total={total} noun="alerts">
      <ActionButton size="sm" icon={IconUserCheck} reason={may} busy={reading} onClick={() => void takeOn()}>
        Take on
      </ActionButton>
      {acknowledge.error ? <span className="ik-bad">{acknowledge.error.sentence}</span> : null}
    </BulkBar>
  );
}

async function allIds(client: ReturnType<typeof useEngine>['client'], query: string): Promise<string[]> {
  const ids: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await client.query('alerts.alertList', {
      query,
      limit: AT_ONCE,
      ...(cursor === undefined ? {} : { cursor }),
    });
    ids.push(...page.rows.map((alert) => alert.id));
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  return ids;
}
