import { useState } from 'react';
import { Checkbox } from '@mantine/core';
import type { MoveCaps } from '../../../shared/domains/moves/move-rules.ts';
import { useCommand } from '../../client/use-command.ts';
import { useMay } from '../../client/use-may.ts';
import { useQuery } from '../../client/use-query.ts';
import { ActionButton } from '../../ui/button.tsx';
import { NumberField } from '../../ui/form-field.tsx';
import { Note } from '../../ui/note.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { toast } from '../../ui/toast.ts';

/** How many moves run at once, and how fast; kept by all consoles of the store together. */
export function CapsPanel() {
  const answer = useQuery('moves.moveCapsGet', {}, { topics: ['move'], atMostEveryMs: 5000 });
  return (
    <Panel pad title="Caps on moves" meta="kept by all engines of the store together">
      {answer.data ? <Caps key={JSON.stringify(answer.data)} caps={answer.data} /> : <Skeleton rows={1} />}
    </Panel>
  );
}

function Caps({ caps }: { caps: MoveCaps }) {
  const may = useMay('fleet.administer');
  const set = useCommand('moves.moveCapsSet');
  const [perHost, setHost] = useState<number | string>(caps.perHost);
  const [perLink, setLink] = useState<number | string>(caps.perLink);
  const [mibPerSecond, setRate] = useState<number | string>(caps.mibPerSecond);
  const [encrypt, setEncrypt] = useState(caps.encrypt);
  const save = async (): Promise<void> => {
    if (typeof perHost !== 'number' || typeof perLink !== 'number' || typeof mibPerSecond !== 'number')
      return;
    if (await set.run({ perHost, perLink, mibPerSecond, encrypt }))
      toast('ok', 'Caps on moves are set', 'Moves that wait go by them at once.');
  };
  return (
    <>
      <div className="ik-row" style={{ alignItems: 'flex-end', gap: 16 }}>
        <NumberField label="Per host" w={110} min={1} max={32} value={perHost} onChange={setHost} />
        <NumberField label="Between two hosts" w={150} min={1} max={32} value={perLink} onChange={setLink} />
        <NumberField
          label="Each at most (0: no cap)"
          unit="MiB/s"
          w={200}
          min={0}
          value={mibPerSecond}
          onChange={setRate}
        />
        <Checkbox
          label="Only encrypted moves"
          checked={encrypt}
          onChange={(event) => {
            setEncrypt(event.currentTarget.checked);
          }}
          style={{ paddingBottom: 8 }}
        />
        <ActionButton reason={may} busy={set.pending} onClick={() => void save()}>
          Save
        </ActionButton>
      </div>
      {set.error ? <Note tone="bad">{set.error.sentence}</Note> : null}
    </>
  );
}
