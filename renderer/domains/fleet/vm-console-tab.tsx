import { Suspense, lazy, useCallback, useRef, useState } from 'react';
import type { VmDetail } from '../../../shared/domains/fleet/vm-contract.ts';
import { whyNot } from '../../../shared/domains/fleet/vm-action-rules.ts';
import { openByteFeed } from '../../client/byte-feed.ts';
import { useEngine } from '../../client/engine-context.tsx';
import { Button } from '../../ui/button.tsx';
import { Note } from '../../ui/note.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';

const Terminal = lazy(() => import('../../ui/terminal.tsx').then((loaded) => ({ default: loaded.Terminal })));
const Screen = lazy(() => import('../../ui/screen.tsx').then((loaded) => ({ default: loaded.Screen })));

function NotNow({ vm, why, what }: { vm: VmDetail; why: string; what: string }) {
  return (
    <Note tone="acc">
      {what} of {vm.name} cannot be opened now: {why}. It opens here by itself once it can be.
    </Note>
  );
}

/** The serial console: one person has it at a time, and it can be taken over. */
export function VmConsoleTab({ vm, may }: { vm: VmDetail; may: string | null }) {
  const { client } = useEngine();
  const [busy, setBusy] = useState(false);
  // Of one attempt only: opened again later, it must not end somebody else's without asking.
  const takeOver = useRef(false);
  const { id } = vm;
  const connect = useCallback(() => {
    const isForced = takeOver.current;
    takeOver.current = false;
    return openByteFeed(client, 'fleet.vmConsole', id, {
      takeOver: isForced,
      onRefused: (code) => {
        setBusy(code === 'console-busy');
      },
    });
  }, [client, id]);
  const again = (force: boolean): void => {
    takeOver.current = force;
    setBusy(false);
  };
  const why = whyNot('console', vm.state);
  if (why !== null) return <NotNow vm={vm} why={why} what="The serial console" />;
  if (may !== null) return <Note tone="acc">{may}</Note>;
  if (busy) {
    return (
      <Note tone="warn">
        <p>Somebody else has the serial console of {vm.name} open. Taking it over ends theirs.</p>
        <div className="ik-row" style={{ marginTop: 8 }}>
          <Button
            size="sm"
            onClick={() => {
              again(true);
            }}
          >
            Take over
          </Button>
          <Button
            size="sm"
            kind="ghost"
            onClick={() => {
              again(false);
            }}
          >
            Try again
          </Button>
        </div>
      </Note>
    );
  }
  return (
    <div className="ik-fill">
      <Suspense fallback={<Skeleton rows={4} />}>
        <Terminal connect={connect} label={`Serial console of ${vm.name}`} />
      </Suspense>
      <p className="ik-xs ik-t3">
        Serial console, through SSH. Nothing shows? Press Enter. The guest needs a login on its serial port
        (console=ttyS0).
      </p>
    </div>
  );
}

/** The screen of a VM. */
export function VmScreenTab({ vm, may }: { vm: VmDetail; may: string | null }) {
  const { client } = useEngine();
  const { id } = vm;
  const connect = useCallback(() => openByteFeed(client, 'fleet.vmScreen', id), [client, id]);
  const why = whyNot('screen', vm.state);
  if (why !== null) return <NotNow vm={vm} why={why} what="The screen" />;
  if (may !== null) return <Note tone="acc">{may}</Note>;
  return (
    <div className="ik-fill">
      <Suspense fallback={<Skeleton rows={4} />}>
        <Screen connect={connect} label={`Screen of ${vm.name}`} />
      </Suspense>
    </div>
  );
}
