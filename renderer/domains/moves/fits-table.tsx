import './moves.css';
import IconCheck from '@tabler/icons-react/dist/esm/icons/IconCheck.mjs';
import IconX from '@tabler/icons-react/dist/esm/icons/IconX.mjs';
import type { FitRow } from '../../../shared/domains/moves/moves-contract.ts';
import { BytesText } from '../../ui/figures.tsx';
import { formatCount } from '../../ui/format.ts';

const checkWords: Record<FitRow['problems'][number]['check'], string> = {
  host: 'Host',
  policy: 'Policy',
  version: 'Version',
  cpu: 'CPU',
  memory: 'Memory',
  storage: 'Storage',
  network: 'Network',
  encryption: 'Encryption',
};

function Storage({ row }: { row: FitRow }) {
  if (row.storage === 'none') return <span className="ik-t3">no disks</span>;
  if (row.storage === 'shared') return <>shared</>;
  return (
    <>
      copies <BytesText bytes={row.copyBytes} />
    </>
  );
}

function Verdict({ row }: { row: FitRow }) {
  if (row.fits)
    return (
      <span className="ik-st">
        <IconCheck size={13} className="ik-ok" aria-hidden /> Fits
      </span>
    );
  return (
    <ul>
      {row.problems.map((problem) => (
        <li key={`${problem.check} ${problem.reason}`} className="ik-st" style={{ whiteSpace: 'normal' }}>
          <IconX size={13} className="ik-bad" aria-hidden />
          <span>
            <span className="ik-med">{checkWords[problem.check]}</span>: {problem.reason}
          </span>
        </li>
      ))}
    </ul>
  );
}

/** All hosts: fits, or everything that speaks against it. Those that fit can be chosen. */
export function FitsTable(props: {
  rows: readonly FitRow[];
  chosen: string | null;
  onChoose: (hostId: string) => void;
}) {
  return (
    <div style={{ maxHeight: 360, overflow: 'auto' }} tabIndex={0} role="region" aria-label="Hosts">
      <table className="ik-tb">
        <colgroup>
          <col style={{ width: 170 }} />
          <col />
          <col style={{ width: 130 }} />
          <col style={{ width: 100 }} />
          <col style={{ width: 60 }} />
        </colgroup>
        <thead>
          <tr>
            <th>Host</th>
            <th>Fits</th>
            <th>Disks</th>
            <th className="ik-num">Memory free</th>
            <th className="ik-num">Moves</th>
          </tr>
        </thead>
        <tbody>
          {props.rows.map((row) => (
            <tr key={row.hostId} className="mv-tall">
              <td>
                <label className="ik-row ik-nw" style={{ gap: 6 }}>
                  <input
                    type="radio"
                    name="move-to"
                    checked={props.chosen === row.hostId}
                    disabled={!row.fits}
                    onChange={() => {
                      props.onChoose(row.hostId);
                    }}
                  />
                  <span className={row.fits ? 'ik-med' : 'ik-t2'}>{row.host}</span>
                </label>
              </td>
              <td>
                <Verdict row={row} />
              </td>
              <td>{row.fits ? <Storage row={row} /> : <span className="ik-t3">–</span>}</td>
              <td className="ik-num">
                <BytesText bytes={row.memoryFreeBytes} />
              </td>
              <td className="ik-num">
                {row.moves > 0 ? formatCount(row.moves) : <span className="ik-t3">–</span>}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
