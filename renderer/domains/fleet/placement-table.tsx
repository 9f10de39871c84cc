import IconBan from '@tabler/icons-react/dist/esm/icons/IconBan.mjs';
import IconCircleCheck from '@tabler/icons-react/dist/esm/icons/IconCircleCheck.mjs';
import type { ResultOf } from '../../client/operation-types.ts';
import { BytesText } from '../../ui/figures.tsx';
import { StateLabel } from '../../ui/state-label.tsx';

export type PlacementRow = ResultOf<'fleet.hostPlacement'>['rows'][number];

function Choice(props: { label: string; checked: boolean; disabled?: boolean; onPick: () => void }) {
  return (
    <input
      type="radio"
      name="host"
      aria-label={props.label}
      checked={props.checked}
      disabled={props.disabled}
      onChange={props.onPick}
    />
  );
}

/** All hosts, best first: whether the VM fits and what is free, or why not. */
export function PlacementTable(props: {
  rows: readonly PlacementRow[];
  /** Why no host fits, a clause; empty where one does. */
  whyNowhere: string;
  hostId: string | null;
  onPick: (hostId: string | null) => void;
}) {
  const best = props.rows.find((row) => row.fits);
  return (
    <table className="ik-tb">
      <colgroup>
        <col style={{ width: 36 }} />
        <col style={{ width: 116 }} />
        <col />
        <col style={{ width: 84 }} />
        <col style={{ width: 84 }} />
      </colgroup>
      <thead>
        <tr>
          <th>
            <span className="ik-sr">Chosen</span>
          </th>
          <th>Host</th>
          <th>Fits</th>
          <th className="ik-num">Memory free</th>
          <th className="ik-num">Disk free</th>
        </tr>
      </thead>
      <tbody>
        <tr aria-current={props.hostId === null ? 'true' : undefined}>
          <td>
            <Choice
              label="Best fit"
              checked={props.hostId === null}
              onPick={() => {
                props.onPick(null);
              }}
            />
          </td>
          <td className="ik-med">Best fit</td>
          <td className="ik-t2" colSpan={3} style={{ whiteSpace: 'normal' }}>
            {best ? (
              `${best.host} now; chosen when the VM is made`
            ) : (
              <span className="ik-row" style={{ gap: 6 }}>
                <IconBan size={13} className="ik-bad" aria-hidden />
                <span>No host fits: {props.whyNowhere}.</span>
              </span>
            )}
          </td>
        </tr>
        {props.rows.map((row) => (
          <tr key={row.hostId} aria-current={props.hostId === row.hostId ? 'true' : undefined}>
            <td>
              <Choice
                label={row.host}
                checked={props.hostId === row.hostId}
                disabled={!row.fits}
                onPick={() => {
                  props.onPick(row.hostId);
                }}
              />
            </td>
            <td className="ik-med">{row.host}</td>
            <td title={row.reason} style={{ whiteSpace: 'normal' }}>
              {row.fits ? (
                <StateLabel tone="ok" icon={IconCircleCheck} word="Fits" />
              ) : (
                <span className="ik-row" style={{ gap: 6 }}>
                  <IconBan size={13} className="ik-bad" aria-hidden />
                  <span>{row.reason}</span>
                </span>
              )}
            </td>
            <td className="ik-num">
              <BytesText bytes={row.memoryFreeBytes} />
            </td>
            <td className="ik-num">
              <BytesText bytes={row.diskFreeBytes} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
