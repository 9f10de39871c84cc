import { useState } from 'react';
import { Link } from 'wouter';
import IconPlus from '@tabler/icons-react/dist/esm/icons/IconPlus.mjs';
import { useMay } from '../../client/use-may.ts';
import { useQuery } from '../../client/use-query.ts';
import { ActionButton } from '../../ui/button.tsx';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { PageHead } from '../../ui/page-head.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { HeldUsagePanel } from './held-usage-panel.tsx';
import { MeterDialog } from './meter-dialog.tsx';

const AGGREGATION_WORDS = {
  sum: 'added up',
  max: 'highest of the period',
  'high-water': 'highest of each day',
  last: 'last of the period',
} as const;

/** What is metered, and usage that waits for a person because nobody could be charged for it. */
export function UsagePage() {
  return (
    <>
      <PageHead
        title="Usage"
        actions={
          <Link href="/subscriptions" className="ik-link ik-sm">
            Usage by subscription
          </Link>
        }
      />
      <div className="ik-page">
        <HeldUsagePanel />
        <MetersPanel />
      </div>
    </>
  );
}

function MetersPanel() {
  const found = useQuery('metering.meterList', {}, { topics: ['meter', 'plan'] });
  const may = useMay('metering.write');
  const [declaring, setDeclaring] = useState(false);
  return (
    <Panel
      title="Meters"
      meta="what plans can charge by"
      actions={
        <ActionButton
          size="sm"
          icon={IconPlus}
          reason={may}
          onClick={() => {
            setDeclaring(true);
          }}
        >
          Declare a meter…
        </ActionButton>
      }
    >
      {found.error && !found.data ? <ErrorPanel error={found.error} onRetry={found.refetch} /> : null}
      {!found.data && !found.error ? <Skeleton rows={5} /> : null}
      {found.data ? (
        <table className="ik-tb">
          <thead>
            <tr>
              <th>Meter</th>
              <th>Unit</th>
              <th>A reading is</th>
              <th className="ik-num">Decimals</th>
              <th>Comes from</th>
              <th>Charged by</th>
            </tr>
          </thead>
          <tbody>
            {found.data.rows.map((meter) => (
              <tr key={meter.name}>
                <td className="ik-med">{meter.name}</td>
                <td>{meter.unit}</td>
                <td className="ik-t2">{AGGREGATION_WORDS[meter.aggregation]}</td>
                <td className="ik-num">{meter.source === 'hosts' ? 'exact' : meter.decimals}</td>
                <td className="ik-t2">{meter.source === 'hosts' ? 'the hosts' : 'events from outside'}</td>
                <td className="ik-el" title={meter.plans.join(', ')}>
                  {meter.plans.length === 0 ? <span className="ik-t3">no plan</span> : meter.plans.join(', ')}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      ) : null}
      {declaring ? (
        <MeterDialog
          onClose={() => {
            setDeclaring(false);
          }}
        />
      ) : null}
    </Panel>
  );
}
