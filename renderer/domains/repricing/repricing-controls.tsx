import { useEffect, useState } from 'react';
import IconArrowBackUp from '@tabler/icons-react/dist/esm/icons/IconArrowBackUp.mjs';
import IconBan from '@tabler/icons-react/dist/esm/icons/IconBan.mjs';
import IconPlayerPause from '@tabler/icons-react/dist/esm/icons/IconPlayerPause.mjs';
import IconPlayerPlay from '@tabler/icons-react/dist/esm/icons/IconPlayerPlay.mjs';
import IconRefresh from '@tabler/icons-react/dist/esm/icons/IconRefresh.mjs';
import IconSwitchHorizontal from '@tabler/icons-react/dist/esm/icons/IconSwitchHorizontal.mjs';
import { clauseSentence } from '../../../shared/kernel/clause-sentence.ts';
import type { RepricingDetail } from '../../../shared/domains/repricing/repricing-contract.ts';
import { whyNotRepricing, type RepricingControl } from '../../../shared/domains/repricing/repricing-rules.ts';
import { useCommand } from '../../client/use-command.ts';
import { useEnvironmentName } from '../../client/use-environment-name.ts';
import { useMay } from '../../client/use-may.ts';
import { ActionButton } from '../../ui/button.tsx';
import { ConfirmDialog } from '../../ui/dialog.tsx';
import { formatCount, formatMinor } from '../../ui/format.ts';
import { toast } from '../../ui/toast.ts';
import { EVERY_WORDS } from '../catalog/component-words.ts';
import { effectWords } from './repricing-looks.ts';

export function subscriptionsWords(count: number): string {
  return `${formatCount(count)} subscription${count === 1 ? '' : 's'}`;
}

/** Start, stop, go on, end, preview again, take back: those that make sense now, each saying why when it is off. */
export function RepricingControls({ move }: { move: RepricingDetail }) {
  const may = useMay('billing.write');
  const stop = useCommand('repricing.repricingStop');
  const goOn = useCommand('repricing.repricingGoOn');
  const abort = useCommand('repricing.repricingAbort');
  const retry = useCommand('repricing.repricingRetry');
  const [asked, setAsked] = useState<'start' | 'takeBack' | null>(null);
  const sentence = (stop.error ?? goOn.error ?? abort.error ?? retry.error)?.sentence;
  useEffect(() => {
    if (sentence) toast('bad', 'Not done', sentence);
  }, [sentence]);
  const input = { repricingId: move.id };
  const { state, counts } = move;
  const why = (control: RepricingControl): string | null => {
    const reason = whyNotRepricing(control, move);
    return may ?? (reason === null ? null : clauseSentence(reason));
  };
  const toRetry = counts.failed + counts.refused + counts.cancelled;
  const isOpen = state === 'ready' || state === 'failed' || state === 'previewing';
  const close = (): void => {
    setAsked(null);
  };
  return (
    <span className="ik-row" style={{ gap: 6 }}>
      {state === 'ready' ? (
        <ActionButton
          size="sm"
          kind="primary"
          icon={IconSwitchHorizontal}
          reason={why('start')}
          onClick={() => {
            setAsked('start');
          }}
        >
          {`Move ${subscriptionsWords(counts.waiting)}…`}
        </ActionButton>
      ) : null}
      {state === 'moving' ? (
        <ActionButton
          size="sm"
          icon={IconPlayerPause}
          reason={why('stop')}
          busy={stop.pending}
          onClick={() => void stop.run(input)}
        >
          Stop
        </ActionButton>
      ) : null}
      {state === 'stopped' ? (
        <ActionButton
          size="sm"
          icon={IconPlayerPlay}
          reason={why('goOn')}
          busy={goOn.pending}
          onClick={() => void goOn.run(input)}
        >
          {`Go on with ${formatCount(counts.waiting)}`}
        </ActionButton>
      ) : null}
      {(state === 'moved' && toRetry > 0) || isOpen ? (
        <ActionButton
          size="sm"
          icon={IconRefresh}
          reason={why('retry')}
          busy={retry.pending}
          onClick={() => void retry.run(input)}
        >
          {state === 'moved' ? `Preview ${formatCount(toRetry)} again` : 'Preview again'}
        </ActionButton>
      ) : null}
      {isOpen || state === 'stopped' ? (
        <ActionButton
          size="sm"
          icon={IconBan}
          reason={why('abort')}
          busy={abort.pending}
          onClick={() => void abort.run(input)}
        >
          {state === 'stopped' || move.startedAt !== null ? 'End it here' : 'Abort'}
        </ActionButton>
      ) : null}
      {(state === 'moved' || isOpen) && counts.done > 0 ? (
        <ActionButton
          size="sm"
          icon={IconArrowBackUp}
          reason={why('takeBack')}
          onClick={() => {
            setAsked('takeBack');
          }}
        >
          Take back…
        </ActionButton>
      ) : null}
      {asked === 'start' ? <StartDialog move={move} onClose={close} /> : null}
      {asked === 'takeBack' ? <TakeBackDialog move={move} onClose={close} /> : null}
    </span>
  );
}

function StartDialog({ move, onClose }: { move: RepricingDetail; onClose: () => void }) {
  const start = useCommand('repricing.repricingStart');
  const environment = useEnvironmentName();
  const { waiting } = move.counts;
  const asked = { repricingId: move.id, digest: move.digest, confirmCount: waiting };
  return (
    <ConfirmDialog
      title={`Move ${subscriptionsWords(waiting)} to ${move.plan}`}
      environment={environment}
      action={`Move ${subscriptionsWords(waiting)}`}
      typed={String(waiting)}
      typedHint="the number of subscriptions"
      busy={start.pending}
      problem={start.error?.sentence}
      onClose={onClose}
      onConfirm={() =>
        void start.run(asked).then((begun) => {
          if (begun !== null) onClose();
        })
      }
    >
      <p>
        As previewed, {effectWords(move.effect)}. What is otherwise by then is left alone and says why.
        {move.effect === 'period-end' ? '' : ' What takes effect at once is not taken back.'}
      </p>
      <ul>
        {move.totals.map((total) => (
          <li key={`${total.currency} ${total.every}`} className="ik-tn">
            {subscriptionsWords(total.subscriptions)}: {formatMinor(total.now.amountMinor)} →{' '}
            {formatMinor(total.later.amountMinor)} {total.currency} {EVERY_WORDS[total.every]}
          </li>
        ))}
      </ul>
    </ConfirmDialog>
  );
}

function TakeBackDialog({ move, onClose }: { move: RepricingDetail; onClose: () => void }) {
  const takeBack = useCommand('repricing.repricingTakeBack');
  return (
    <ConfirmDialog
      title={`Take back: ${move.title}`}
      action={`Take back ${subscriptionsWords(move.planned)}`}
      typed={move.planned > 1 ? String(move.planned) : undefined}
      typedHint="the number of subscriptions"
      busy={takeBack.pending}
      problem={takeBack.error?.sentence}
      onClose={onClose}
      onConfirm={() =>
        void takeBack.run({ repricingId: move.id }).then((begun) => {
          if (begun !== null) onClose();
        })
      }
    >
      <p>
        {subscriptionsWords(move.planned)} keep the price they have: the change that is planned for them is
        taken back. Those that changed already, and those somebody has changed since, stay as they are.
      </p>
    </ConfirmDialog>
  );
}
