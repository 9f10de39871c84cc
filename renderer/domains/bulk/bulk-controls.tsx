import { useEffect, useState } from 'react';
import { useLocation } from 'wouter';
import IconArrowBackUp from '@tabler/icons-react/dist/esm/icons/IconArrowBackUp.mjs';
import IconBan from '@tabler/icons-react/dist/esm/icons/IconBan.mjs';
import IconPlayerPause from '@tabler/icons-react/dist/esm/icons/IconPlayerPause.mjs';
import IconPlayerPlay from '@tabler/icons-react/dist/esm/icons/IconPlayerPlay.mjs';
import IconRefresh from '@tabler/icons-react/dist/esm/icons/IconRefresh.mjs';
import { clauseSentence } from '../../../shared/kernel/clause-sentence.ts';
import type { BulkRow } from '../../../shared/domains/bulk/bulk-contract.ts';
import {
  bulkWords,
  isBulkOpen,
  vmCountWords,
  whyNotBulk,
  type BulkControl,
} from '../../../shared/domains/bulk/bulk-rules.ts';
import { useCommand } from '../../client/use-command.ts';
import { ActionButton } from '../../ui/button.tsx';
import { ConfirmDialog } from '../../ui/dialog.tsx';
import { formatCount } from '../../ui/format.ts';
import { toast } from '../../ui/toast.ts';

function useControls(bulkId: string) {
  const stop = useCommand('bulk.bulkStop');
  const goOn = useCommand('bulk.bulkGoOn');
  const cancel = useCommand('bulk.bulkCancel');
  const retry = useCommand('bulk.bulkRetry');
  const sentence = (stop.error ?? goOn.error ?? cancel.error ?? retry.error)?.sentence;
  useEffect(() => {
    if (sentence) toast('bad', 'Not done', sentence);
  }, [sentence]);
  const input = { bulkId };
  return {
    stop: () => void stop.run(input),
    goOn: () => void goOn.run(input),
    cancel: () => void cancel.run(input),
    retry: () => void retry.run(input),
    retryRefused: () => void retry.run({ ...input, refusedToo: true }),
    busy: stop.pending || goOn.pending || cancel.pending || retry.pending,
  };
}

/** Stop, go on, cancel, try again, undo: those that make sense now, each saying why when it is off. */
export function BulkControls({ bulk, may }: { bulk: BulkRow; may: string | null }) {
  const controls = useControls(bulk.id);
  const [asked, setAsked] = useState(false);
  const why = (control: BulkControl): string | null => {
    const reason = whyNotBulk(control, bulk);
    return may ?? (reason === null ? null : clauseSentence(reason));
  };
  const open = isBulkOpen(bulk.state);
  const failed = bulk.counts.failed + bulk.counts.cancelled;
  return (
    <span className="ik-row" style={{ gap: 6 }}>
      {open && bulk.state !== 'stopping' ? (
        <ActionButton
          size="sm"
          icon={IconPlayerPause}
          reason={why('stop')}
          busy={controls.busy}
          onClick={controls.stop}
        >
          Stop
        </ActionButton>
      ) : null}
      {bulk.state === 'stopped' || bulk.state === 'stopping' ? (
        <ActionButton
          size="sm"
          icon={IconPlayerPlay}
          reason={why('goOn')}
          busy={controls.busy}
          onClick={controls.goOn}
        >
          {bulk.counts.waiting > 0 ? `Go on with ${formatCount(bulk.counts.waiting)}` : 'Go on'}
        </ActionButton>
      ) : null}
      {open || bulk.counts.waiting > 0 ? (
        <ActionButton
          size="sm"
          icon={IconBan}
          reason={why('cancel')}
          busy={controls.busy}
          onClick={controls.cancel}
        >
          Cancel the rest
        </ActionButton>
      ) : null}
      {failed > 0 ? (
        <ActionButton
          size="sm"
          icon={IconRefresh}
          reason={why('retry')}
          busy={controls.busy}
          onClick={controls.retry}
        >
          {`Try ${formatCount(failed)} again`}
        </ActionButton>
      ) : null}
      {bulk.counts.refused > 0 && bulkWords[bulk.action].destroys !== true ? (
        <ActionButton
          size="sm"
          icon={IconRefresh}
          reason={why('retryRefused')}
          busy={controls.busy}
          onClick={controls.retryRefused}
        >
          {failed > 0
            ? `Try ${formatCount(failed + bulk.counts.refused)} again, refused too`
            : `Try ${formatCount(bulk.counts.refused)} refused again`}
        </ActionButton>
      ) : null}
      {bulkWords[bulk.action].undo === undefined ? null : (
        <ActionButton
          size="sm"
          icon={IconArrowBackUp}
          reason={why('undo')}
          onClick={() => {
            setAsked(true);
          }}
        >
          Undo…
        </ActionButton>
      )}
      {asked ? (
        <UndoDialog
          bulk={bulk}
          onClose={() => {
            setAsked(false);
          }}
        />
      ) : null}
    </span>
  );
}

function UndoDialog({ bulk, onClose }: { bulk: BulkRow; onClose: () => void }) {
  const undo = useCommand('bulk.bulkUndo');
  const [, navigate] = useLocation();
  const { done } = bulk.counts;
  return (
    <ConfirmDialog
      title={`Undo: ${bulk.title}`}
      action={`Undo on ${vmCountWords(done)}`}
      typed={done > 1 && bulkWords[bulk.action].vmAction !== undefined ? String(done) : undefined}
      typedHint="the number of VMs it was done to"
      busy={undo.pending}
      problem={undo.error?.sentence}
      onClose={onClose}
      onConfirm={() =>
        void undo.run({ bulkId: bulk.id }).then((begun) => {
          if (begun !== null) navigate(`/bulk/${begun.bulkId}`);
        })
      }
    >
      <p>
        It {bulkWords[bulk.action].undo}: {vmCountWords(done)}, and no others. It is a bulk action of its own
        with a result per VM; what somebody has changed since stays as it is.
      </p>
    </ConfirmDialog>
  );
}
