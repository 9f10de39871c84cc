import { formatBytes } from '../../../shared/kernel/bytes.ts';
import { Chart } from '../../ui/chart.tsx';
import { formatRate } from '../../ui/format.ts';
import { formatBitRate } from './load-words.tsx';
import { peakOf } from './vm-load.ts';
import type { LoadValues } from './vm-load.ts';

function peakWords(
  format: (value: number) => string,
  ...series: readonly (readonly (number | null)[])[]
): string {
  const peak = peakOf(series.map(peakOf));
  return peak === null ? '' : `peak ${format(peak)}`;
}

/** CPU, memory, disk and network of one VM or host over time, with one crosshair. */
export function LoadCharts(props: {
  timesMs: readonly number[];
  values: LoadValues;
  height: number;
  /** Of the crosshair. */
  group: string;
  /** "of 8 vCPU". */
  cpuNote: string;
  memoryBytes: number;
}) {
  const { timesMs, values, height, group, memoryBytes } = props;
  const shared = { timesMs, height, group };
  return (
    <>
      <Chart
        {...shared}
        title="CPU"
        series={[{ label: 'CPU', values: values.cpuPercent }]}
        format={(value) => `${Math.round(value)} %`}
        note={props.cpuNote}
        max={100}
      />
      <Chart
        {...shared}
        title="Memory"
        series={[{ label: 'Memory', values: values.memoryBytes }]}
        format={formatBytes}
        note={`of ${formatBytes(memoryBytes)}`}
        max={memoryBytes}
      />
      <Chart
        {...shared}
        title="Disk"
        series={[
          { label: 'read', values: values.diskReadBytesPerSecond },
          { label: 'write', values: values.diskWriteBytesPerSecond, colour: 2 },
        ]}
        format={formatRate}
        note={peakWords(formatRate, values.diskReadBytesPerSecond, values.diskWriteBytesPerSecond)}
      />
      <Chart
        {...shared}
        axis
        title="Network"
        series={[
          { label: 'in', values: values.netReceiveBytesPerSecond },
          { label: 'out', values: values.netTransmitBytesPerSecond, colour: 2 },
        ]}
        format={formatBitRate}
        note={peakWords(formatBitRate, values.netReceiveBytesPerSecond, values.netTransmitBytesPerSecond)}
      />
    </>
  );
}
