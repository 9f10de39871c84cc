import { Link } from 'wouter';
import IconAlertTriangle from '@tabler/icons-react/dist/esm/icons/IconAlertTriangle.mjs';
import IconCircleCheck from '@tabler/icons-react/dist/esm/icons/IconCircleCheck.mjs';
import IconCircleX from '@tabler/icons-react/dist/esm/icons/IconCircleX.mjs';
import IconInfoCircle from '@tabler/icons-react/dist/esm/icons/IconInfoCircle.mjs';
import IconServer2 from '@tabler/icons-react/dist/esm/icons/IconServer2.mjs';
import { formatBytes } from '../../../shared/kernel/bytes.ts';
import type { ResultOf } from '../../client/operation-types.ts';
import { CapacityBar, ChartKey } from '../../ui/capacity-bar.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { BytesText, Figure } from '../../ui/figures.tsx';
import { formatCount } from '../../ui/format.ts';
import { Panel } from '../../ui/panel.tsx';
import { StateLabel } from '../../ui/state-label.tsx';
import { failureVerdict } from './capacity.ts';

type Host = ResultOf<'system.overview'>['capacity'][number];

const ROWS = 8;

function Verdict({ host, all }: { host: Host; all: readonly Host[] }) {
  const verdict = failureVerdict(host, all);
  const amount = formatBytes(Math.abs(verdict.spareBytes));
  if (verdict.word === 'alone')
    return <StateLabel tone="idle" icon={IconInfoCircle} word="No other host to go to" />;
  if (verdict.word === 'fails')
    return <StateLabel strong tone="bad" icon={IconCircleX} word={`Fails, ${amount} short`} />;
  if (verdict.word === 'tight')
    return <StateLabel strong tone="warn" icon={IconAlertTriangle} word={`Tight, ${amount} spare`} />;
  return <StateLabel tone="ok" icon={IconCircleCheck} word={`Holds, ${amount} spare`} />;
}

function Row({ host, all }: { host: Host; all: readonly Host[] }) {
  const share = (bytes: number): number => (host.memoryBytes > 0 ? bytes / host.memoryBytes : 0);
  return (
    <tr className={host.stale ? 'ik-stale' : undefined}>
      <td className="ik-med">
        <Link href={`/hosts/${host.hostId}`} className="ik-el">
          {host.host}
        </Link>
      </td>
      <td className="ik-num">{formatCount(host.vms)}</td>
      <td style={{ paddingLeft: 12 }}>
        <CapacityBar used={share(host.memoryUsedBytes)} sold={share(host.memorySoldBytes)} />
      </td>
      <td className="ik-num">
        <BytesText bytes={host.memoryUsedBytes} />
      </td>
      <td className="ik-num">
        <Figure value={Math.round(share(host.memorySoldBytes) * 100)} unit="%" />
      </td>
      <td className="ik-num">
        <BytesText bytes={Math.max(0, host.memoryBytes - host.memorySoldBytes)} />
      </td>
      <td className={host.cpuUsedPercent >= 95 ? 'ik-num ik-warn' : 'ik-num'}>
        <Figure value={Math.round(host.cpuUsedPercent)} unit="%" />
      </td>
      <td style={{ paddingLeft: 12 }}>
        <Verdict host={host} all={all} />
      </td>
    </tr>
  );
}

/** Memory of the tightest hosts, and what happens to their VMs when one fails. */
export function CapacityPanel({ hosts }: { hosts: readonly Host[] }) {
  if (hosts.length === 0) {
    return (
      <Panel title="Capacity by host">
        <EmptyState
          icon={IconServer2}
          title="No hosts yet"
          action={
            <Link href="/hosts/new" className="ik-link">
              Connect a hypervisor
            </Link>
          }
        >
          Memory and processors of your hosts, and whether the rest can take over when one fails.
        </EmptyState>
      </Panel>
    );
  }
  const soldShare = (host: Host): number =>
    host.memoryBytes > 0 ? host.memorySoldBytes / host.memoryBytes : 0;
  const tightest = hosts.toSorted((a, b) => soldShare(b) - soldShare(a)).slice(0, ROWS);
  const failing = hosts.filter((host) => failureVerdict(host, hosts).word === 'fails');
  return (
    <Panel
      title="Capacity by host"
      meta={
        hosts.length > ROWS
          ? `memory, tightest ${ROWS} of ${formatCount(hosts.length)}`
          : 'memory, tightest first'
      }
      actions={
        <span className="ik-row" style={{ gap: 12 }}>
          <ChartKey colour="var(--ik-chart-1)">used</ChartKey>
          <ChartKey colour="var(--ik-chart-1-soft)">sold</ChartKey>
          <ChartKey colour="var(--ik-track)">free</ChartKey>
        </span>
      }
      foot={
        <>
          <IconInfoCircle size={13} aria-hidden />
          <span>
            {failing.length > 0
              ? `If ${failing.length === 1 ? (failing[0]?.host ?? 'one') : `one of ${failing.length} hosts`} fails, not all of its VMs fit on the rest`
              : 'Free is memory not sold to any VM, running or not'}
          </span>
        </>
      }
    >
      <table className="ik-tb">
        <colgroup>
          <col style={{ width: 96 }} />
          <col style={{ width: 42 }} />
          <col />
          <col style={{ width: 64 }} />
          <col style={{ width: 46 }} />
          <col style={{ width: 64 }} />
          <col style={{ width: 44 }} />
          <col style={{ width: 158 }} />
        </colgroup>
        <thead>
          <tr>
            <th>Host</th>
            <th className="ik-num">VMs</th>
            <th>
              <span className="ik-sr">Memory</span>
            </th>
            <th className="ik-num">Used</th>
            <th className="ik-num">Sold</th>
            <th className="ik-num">Free</th>
            <th className="ik-num">CPU</th>
            <th style={{ paddingLeft: 12 }}>If it fails</th>
          </tr>
        </thead>
        <tbody>
          {tightest.map((host) => (
            <Row key={host.hostId} host={host} all={hosts} />
          ))}
        </tbody>
      </table>
    </Panel>
  );
}
