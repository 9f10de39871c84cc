import './chart.css';
import { formatShare } from './format.ts';

/** Used over sold over free on one track; the upright tick is a limit (what is left when the largest host fails). Shares 0 to 1; without a width it takes what there is. */
export function CapacityBar(props: {
  used: number;
  sold: number;
  limit?: number | undefined;
  width?: number;
}) {
  const along = (share: number): string => `${Math.min(1, Math.max(0, share)) * 100}%`;
  return (
    <svg
      width={props.width ?? '100%'}
      height={14}
      role="img"
      aria-label={`used ${formatShare(props.used)}, sold ${formatShare(props.sold)}`}
    >
      <rect x={0} y={3} width="100%" height={8} rx={1.5} fill="var(--ik-track)" />
      <rect x={0} y={3} width={along(props.sold)} height={8} rx={1.5} fill="var(--ik-chart-1-soft)" />
      <rect x={0} y={3} width={along(props.used)} height={8} rx={1.5} fill="var(--ik-chart-1)" />
      {props.limit === undefined ? null : (
        <rect x={along(props.limit)} y={0} width={1.5} height={14} fill="var(--ik-text)" />
      )}
    </svg>
  );
}

/** A swatch, a line or a tick as it is drawn, and its word; under or beside a chart. */
export function ChartKey(props: { colour: string; line?: boolean; tick?: boolean; children: string }) {
  return (
    <span className="ik-key">
      <i
        data-line={props.line || undefined}
        data-tick={props.tick || undefined}
        style={{ background: props.colour }}
      />
      {props.children}
    </span>
  );
}
