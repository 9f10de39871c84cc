import type { CapacityShare } from '../../../shared/domains/capacity/capacity-contract.ts';
import { formatBytes } from '../../../shared/kernel/bytes.ts';
import { CapacityBar } from '../../ui/capacity-bar.tsx';
import { formatCount } from '../../ui/format.ts';

interface Shares {
  cpu: CapacityShare;
  memory: CapacityShare;
  disk: CapacityShare;
}

export const shareOf = (part: number, whole: number): number => (whole > 0 ? part / whole : 0);
const percent = (part: number, whole: number): string => `${Math.round(shareOf(part, whole) * 100)} %`;

function FigureOf(props: { title: string; free: string; words: string; used: number; sold: number }) {
  return (
    <div>
      <span className="ik-xs ik-t3">{props.title}</span>
      <b>{props.free}</b>
      <CapacityBar used={props.used} sold={props.sold} />
      <span className="ik-xs ik-t2 ik-tn">{props.words}</span>
    </div>
  );
}

/** Memory, vCPUs and disk at a glance: what is free, and how it stands. */
export function CapacityFigures({ cpu, memory, disk }: Shares) {
  return (
    <div className="ik-capfigs">
      <FigureOf
        title="Memory free to sell"
        free={formatBytes(Math.max(0, memory.sellable - memory.sold))}
        words={`${percent(memory.sold, memory.sellable)} of ${formatBytes(memory.sellable)} sold, ${formatBytes(memory.used)} used`}
        used={shareOf(memory.used, memory.sellable)}
        sold={shareOf(memory.sold, memory.sellable)}
      />
      <FigureOf
        title="vCPUs free to sell"
        free={formatCount(Math.max(0, cpu.sellable - cpu.sold))}
        words={`${percent(cpu.sold, cpu.sellable)} of ${formatCount(cpu.sellable)} sold, ${percent(cpu.used, cpu.total)} of ${formatCount(cpu.total)} CPUs busy`}
        used={shareOf(cpu.used, cpu.total)}
        sold={shareOf(cpu.sold, cpu.sellable)}
      />
      <FigureOf
        title="Disk free"
        free={formatBytes(Math.max(0, disk.total - disk.used))}
        words={`${percent(disk.used, disk.total)} of ${formatBytes(disk.total)} used, ${formatBytes(disk.sold)} sold`}
        used={shareOf(disk.used, disk.total)}
        sold={shareOf(disk.sold, disk.total)}
      />
    </div>
  );
}

export function sumOfClusters(clusters: readonly Shares[]): Shares {
  const none: CapacityShare = { total: 0, sellable: 0, sold: 0, used: 0 };
  const sum: Shares = { cpu: { ...none }, memory: { ...none }, disk: { ...none } };
  for (const cluster of clusters) {
    for (const part of ['cpu', 'memory', 'disk'] as const)
      for (const of of ['total', 'sellable', 'sold', 'used'] as const) sum[part][of] += cluster[part][of];
  }
  return sum;
}
