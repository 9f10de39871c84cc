import type { MoveRow } from '../../../shared/domains/moves/moves-contract.ts';
import { MOVE_STATE_WORDS } from '../../../shared/domains/moves/move-rules.ts';
import { Timestamp } from '../../ui/moment.tsx';
import { Bar, progressWords } from '../../ui/progress-bar.tsx';
import type { TableColumn } from '../../ui/table-column.ts';
import { causeWords, MoveStateLabel } from './move-state.tsx';

const none = <span className="ik-t3">–</span>;

function far(move: MoveRow): string {
  if (move.state === 'queued') return move.note;
  if (move.state === 'failed') return move.note;
  if (move.state === 'running' && move.totalBytes > 0)
    return progressWords({
      done: move.doneBytes,
      total: move.totalBytes,
      unit: 'bytes',
      ratePerSecond: move.bytesPerSecond,
    });
  return move.downtimeMs === null ? '' : `stood still for ${move.downtimeMs} ms`;
}

/** Columns of the list of moves. */
export const moveColumns: readonly TableColumn<MoveRow>[] = [
  {
    key: 'vm',
    title: 'VM',
    width: 150,
    grow: true,
    fixed: true,
    sortable: true,
    cell: (move) => <span className="ik-med">{move.vm}</span>,
    text: (move) => move.vm,
  },
  {
    key: 'state',
    title: 'State',
    width: 130,
    sortable: true,
    cell: (move) => <MoveStateLabel state={move.state} />,
    text: (move) => MOVE_STATE_WORDS[move.state],
  },
  { key: 'from', title: 'From', width: 110, cell: (move) => move.from, text: (move) => move.from },
  { key: 'to', title: 'To', width: 110, cell: (move) => move.to, text: (move) => move.to },
  {
    key: 'far',
    title: 'How far',
    width: 240,
    grow: true,
    cell: (move) =>
      far(move) === '' ? (
        none
      ) : (
        <span className="ik-row ik-nw">
          {move.state === 'running' ? (
            <Bar
              thin
              width={56}
              share={move.doneBytes / Math.max(1, move.totalBytes)}
              label={`Progress of ${move.vm}`}
            />
          ) : null}
          <span className="ik-sm ik-tn ik-el">{far(move)}</span>
        </span>
      ),
    text: far,
  },
  {
    key: 'cause',
    title: 'Why',
    width: 90,
    cell: (move) => causeWords[move.cause],
    text: (move) => causeWords[move.cause],
  },
  { key: 'by', title: 'By', width: 80, cell: (move) => move.askedBy, text: (move) => move.askedBy },
  {
    key: 'asked',
    title: 'Asked',
    width: 100,
    sortable: true,
    cell: (move) => <Timestamp atMs={Date.parse(move.askedAt)} />,
    text: (move) => move.askedAt,
  },
];
