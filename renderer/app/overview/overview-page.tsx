import './overview.css';
import { useLocation } from 'wouter';
import IconPlus from '@tabler/icons-react/dist/esm/icons/IconPlus.mjs';
import { useMay } from '../../client/use-may.ts';
import { ActionButton } from '../../ui/button.tsx';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { formatCount, formatLong } from '../../ui/format.ts';
import { Ago, useNow } from '../../ui/moment.tsx';
import { PageHead } from '../../ui/page-head.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { CapacityBrief } from '../../domains/capacity/capacity-brief.tsx';
import { ActivityPanel } from './activity-panel.tsx';
import { AttentionPanel } from './attention-panel.tsx';
import { ReceivablesPanel, RevenuePanel } from './money-panels.tsx';
import { useOverview } from './use-overview.ts';

function Clock() {
  return <span className="ik-t3 ik-sm">{formatLong(useNow())}</span>;
}

/** What needs attention first; then capacity, money and what was done lately. */
export function OverviewPage() {
  const overview = useOverview();
  const mayMake = useMay('fleet.operate');
  const [, navigate] = useLocation();
  const { data } = overview;
  const meta = data
    ? `${formatCount(data.vms)} ${data.vms === 1 ? 'VM' : 'VMs'} · ${formatCount(data.hosts)} ${data.hosts === 1 ? 'host' : 'hosts'}`
    : undefined;
  return (
    <>
      <PageHead
        title="Overview"
        meta={
          <>
            {meta}
            {overview.stale ? (
              <span className="ik-warn">
                as of <Ago atMs={overview.readMs} />
              </span>
            ) : null}
          </>
        }
        actions={
          <>
            <Clock />
            <ActionButton
              kind="primary"
              icon={IconPlus}
              reason={data?.hosts === 0 ? 'Connect a hypervisor first: a VM needs a host.' : mayMake}
              onClick={() => {
                navigate('/vms/new');
              }}
            >
              New VM
            </ActionButton>
          </>
        }
      />
      {data ? (
        <div className="ik-ov">
          <AttentionPanel overview={data} />
          <CapacityBrief />
          <RevenuePanel money={data.money} />
          <ActivityPanel />
          <ReceivablesPanel money={data.money} />
        </div>
      ) : overview.error ? (
        <ErrorPanel
          title="The overview could not be read"
          error={overview.error}
          onRetry={overview.refetch}
        />
      ) : (
        <Skeleton rows={16} />
      )}
    </>
  );
}
