import { useEffect } from 'react';
import IconRefresh from '@tabler/icons-react/dist/esm/icons/IconRefresh.mjs';
import type { VmDetail } from '../../../shared/domains/fleet/vm-contract.ts';
import { whyNot } from '../../../shared/domains/fleet/vm-action-rules.ts';
import { useQuery } from '../../client/use-query.ts';
import { Button } from '../../ui/button.tsx';
import { Ago } from '../../ui/moment.tsx';

/** Taking it costs the host a little: not more often than this, and only while somebody looks. */
const EVERY_MS = 20_000;
const nothing: readonly string[] = [];

/** What the screen shows now, small; a press opens it. */
export function VmScreenshot({ vm, onOpen }: { vm: VmDetail; onOpen: () => void }) {
  const isOn = whyNot('screen', vm.state) === null && vm.staleSince === null && vm.graphics !== '';
  const shot = useQuery('fleet.vmScreenshot', isOn ? { vmId: vm.id } : null, { topics: nothing });
  const { refetch } = shot;
  useEffect(() => {
    if (!isOn) return undefined;
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible') refetch();
    }, EVERY_MS);
    return () => {
      clearInterval(timer);
    };
  }, [isOn, refetch]);
  if (!isOn) return null;
  return (
    <section aria-label="Screenshot">
      <div className="ik-sub">
        <h3>Screen</h3>
        <span className="ik-xs ik-t3">{shot.data ? <Ago atMs={shot.readMs} /> : null}</span>
        <span className="ik-actions">
          <Button size="sm" kind="ghost" icon={IconRefresh} label="Take it again" onClick={refetch} />
        </span>
      </div>
      {shot.data ? (
        <button type="button" onClick={onOpen} aria-label={`Open the screen of ${vm.name}`}>
          <img className="ik-shot" alt="" src={`data:${shot.data.mime};base64,${shot.data.base64}`} />
        </button>
      ) : (
        <p className="ik-sm ik-t3">{shot.error?.sentence ?? 'On its way…'}</p>
      )}
    </section>
  );
}
