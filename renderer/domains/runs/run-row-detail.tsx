import { Fragment, useState } from 'react';
import { Link } from 'wouter';
import IconArrowBackUp from '@tabler/icons-react/dist/esm/icons/IconArrowBackUp.mjs';
import IconBan from '@tabler/icons-react/dist/esm/icons/IconBan.mjs';
import IconCheck from '@tabler/icons-react/dist/esm/icons/IconCheck.mjs';
import { FINDINGS, type RunState } from '../../../shared/domains/runs/run-rules.ts';
import type { ResultOf } from '../../client/operation-types.ts';
import { useCommand } from '../../client/use-command.ts';
import { useMay } from '../../client/use-may.ts';
import { useQuery } from '../../client/use-query.ts';
import { ActionButton } from '../../ui/button.tsx';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { MoneyText } from '../../ui/figures.tsx';
import { formatDay, formatDays, formatMinor } from '../../ui/format.ts';
import { Note } from '../../ui/note.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { DetailBody, DetailHead } from '../../ui/split-view.tsx';
import type { DetailStep } from '../../ui/detail-step.ts';
import { Badge, Tag } from '../../ui/state-label.tsx';
import { SettledAdvances } from '../billing/settled-advances.tsx';
import { DECISIONS, DecideDialog, type Decision } from './run-decide-dialog.tsx';
import { ChangeText } from './run-figures.tsx';
import { RunLineCharges } from './run-line-charges.tsx';
import { rowLooks } from './run-looks.ts';
import { reasonText, type sidesOf } from './run-words.ts';

type Row = ResultOf<'runs.runRow'>;
type Line = Row['compared'][number];

function Amount({ money }: { money: Line['now'] }) {
  return money === null ? <span className="ik-t3">–</span> : formatMinor(money.amountMinor);
}

type Sides = Pick<ReturnType<typeof sidesOf>, 'now' | 'before'>;

const sumOf = (row: Row, side: 'now' | 'before'): bigint =>
  row.compared.reduce((sum, line) => sum + BigInt(line[side]?.amountMinor ?? '0'), 0n);

/** What the lines come to, and what the invoice says of it with VAT. */
function Sums({ row }: { row: Row }) {
  const [now, before] = [sumOf(row, 'now'), sumOf(row, 'before')];
  return (
    <tfoot>
      <tr>
        <td colSpan={4} className="ik-t2">
          Net
          {row.vat === null || row.now === null ? null : (
            <>
              ; VAT <MoneyText money={row.vat} withoutCurrency />, gross <MoneyText money={row.now} />
            </>
          )}
        </td>
        <td className="ik-num ik-med">{formatMinor(now)}</td>
        <td className="ik-num ik-t2">{formatMinor(before)}</td>
        <td className="ik-num ik-med">
          <ChangeText money={{ amountMinor: String(now - before), currency: row.currency }} />
        </td>
      </tr>
    </tfoot>
  );
}

function Lines({ row, sides }: { row: Row; sides: Sides }) {
  const [open, setOpen] = useState<number | null>(null);
  if (row.compared.length === 0) return <p className="ik-none">No line, neither now nor the last time.</p>;
  return (
    <table className="ik-tb">
      <colgroup>
        <col />
        <col style={{ width: 88 }} />
        <col style={{ width: 76 }} />
        <col style={{ width: 68 }} />
        <col style={{ width: 72 }} />
        <col style={{ width: 72 }} />
        <col style={{ width: 76 }} />
      </colgroup>
      <thead>
        <tr>
          <th>Line</th>
          <th>Period</th>
          <th className="ik-num">Quantity</th>
          <th className="ik-num">Price</th>
          <th className="ik-num">{sides.now}</th>
          <th className="ik-num">{sides.before}</th>
          <th className="ik-num">Change</th>
        </tr>
      </thead>
      <tbody>
        {row.compared.map((line, at) => (
          <Fragment key={at}>
            <tr>
              <td>
                <button
                  type="button"
                  className="ik-link ik-el"
                  aria-expanded={open === at}
                  title={line.description}
                  onClick={() => {
                    setOpen(open === at ? null : at);
                  }}
                >
                  {line.description}
                </button>
              </td>
              <td className="ik-t2" title={`from ${formatDay(line.serviceStart)}`}>
                {formatDays(line.serviceStart, line.serviceEndExclusive)}
              </td>
              <td className="ik-num">
                {line.quantity} <span className="ik-u">{line.unit}</span>
              </td>
              <td className="ik-num">{line.unitPrice}</td>
              <td className="ik-num ik-med">
                <Amount money={line.now} />
              </td>
              <td className="ik-num ik-t2">
                <Amount money={line.before} />
              </td>
              <td className="ik-num">
                <ChangeText money={line.change} />
              </td>
            </tr>
            {open === at ? (
              <tr className="ik-run-charges">
                <td colSpan={7}>
                  {line.chargeIds.length === 0 ? (
                    <p className="ik-none">It is not charged this time.</p>
                  ) : (
                    <RunLineCharges
                      subscriptionId={line.subscriptionId}
                      chargeIds={line.chargeIds}
                      serviceStart={line.serviceStart}
                    />
                  )}
                </td>
              </tr>
            ) : null}
          </Fragment>
        ))}
      </tbody>
      <Sums row={row} />
    </table>
  );
}

function Actions({ row, runState }: { row: Row; runState: RunState }) {
  const may = useMay('billing.write');
  const [asked, setAsked] = useState<Decision | null>(null);
  const takeBack = useCommand('runs.runDecide');
  const isOpen = runState === 'ready' || runState === 'returned';
  const off = may ?? (isOpen ? null : 'The run is not waiting for approval.');
  return (
    <>
      {row.decision === 'open' ? (
        <>
          <ActionButton
            icon={IconCheck}
            reason={off ?? (row.state === 'ready' ? null : 'It would not be posted.')}
            onClick={() => {
              setAsked('accepted');
            }}
          >
            Accept…
          </ActionButton>
          <ActionButton
            icon={IconBan}
            reason={off ?? (row.state === 'ready' ? null : 'It would not be posted.')}
            onClick={() => {
              setAsked('left-out');
            }}
          >
            Leave out…
          </ActionButton>
        </>
      ) : (
        <ActionButton
          icon={IconArrowBackUp}
          reason={off}
          busy={takeBack.pending}
          onClick={() =>
            void takeBack.run({ runId: row.runId, rowIds: [row.id], decision: 'open', note: '' })
          }
        >
          Take the decision back
        </ActionButton>
      )}
      {asked ? (
        <DecideDialog
          runId={row.runId}
          subject={row.customer}
          rowIds={async () => [row.id]}
          decision={asked}
          onClose={() => {
            setAsked(null);
          }}
        />
      ) : null}
    </>
  );
}

function Before({ row }: { row: Row }) {
  return (
    <>
      <h3>Compared with</h3>
      <p className="ik-sm">
        {row.beforeInvoices.length === 0
          ? 'No invoice of the period before.'
          : row.beforeInvoices.map((invoice) => (
              <Fragment key={invoice.id}>
                <Link href={`/invoices/${invoice.id}`} className="ik-link">
                  {invoice.number}
                </Link>{' '}
              </Fragment>
            ))}
      </p>
    </>
  );
}

/** One would-be invoice or credit note: what it comes to beside the last one, line by line, each down to its charges and readings. */
export function RunRowDetail(props: {
  rowId: string;
  runState: RunState;
  sides: Sides;
  onClose: () => void;
  step: DetailStep;
}) {
  const answer = useQuery('runs.runRow', { rowId: props.rowId }, { topics: ['run'] });
  const row = answer.data;
  if (!row) {
    return answer.error ? (
      <ErrorPanel title="The row could not be read" error={answer.error} onRetry={answer.refetch} />
    ) : (
      <Skeleton rows={10} />
    );
  }
  const look = rowLooks[row.state];
  return (
    <>
      <DetailHead
        title={row.customer}
        badge={
          <Badge tone={look.tone} icon={look.icon}>
            {look.word}
          </Badge>
        }
        facts={
          <>
            {row.customerNumber} ·{' '}
            {row.credits === null ? null : (
              <span className="ik-in-text">
                credit note of{' '}
                <Link href={`/invoices/${row.credits.invoiceId}`} className="ik-link">
                  {row.credits.number}
                </Link>{' '}
                ·{' '}
              </span>
            )}
            before {row.before === null ? 'nothing' : <MoneyText money={row.before} />} · now{' '}
            {row.now === null ? 'nothing' : <MoneyText money={row.now} />}
          </>
        }
        actions={
          <>
            <Actions row={row} runState={props.runState} />
            {row.invoiceId === null ? null : (
              <Link href={`/invoices/${row.invoiceId}`} className="ik-link ik-sm">
                {row.number}
              </Link>
            )}
          </>
        }
        onClose={props.onClose}
        onPrevious={props.step.previous}
        onNext={props.step.next}
      />
      <DetailBody>
        {row.why === '' ? null : (
          <Note tone={row.state === 'held' ? 'bad' : 'warn'}>{reasonText(row.why)}</Note>
        )}
        {row.findings.length === 0 ? null : (
          <p className="ik-row" style={{ gap: 4, flexWrap: 'wrap', marginTop: 8 }}>
            {row.findings.map((code) => (
              <Tag key={code}>{FINDINGS[code].words}</Tag>
            ))}
          </p>
        )}
        {row.decision === 'open' ? null : (
          <Note tone="ok">
            {DECISIONS[row.decision].done} by {row.decidedBy}: {row.decisionNote}
          </Note>
        )}
        <h3>Lines, net</h3>
        <Lines row={row} sides={props.sides} />
        {row.settled === null ? null : (
          <p className="ik-sm ik-t2">
            Of the gross <MoneyText money={row.settled} /> was paid in advance.
          </p>
        )}
        {row.settles.length === 0 ? null : (
          <>
            <h3>Advances it settles</h3>
            <SettledAdvances settles={row.settles} />
          </>
        )}
        {row.notes.map((note) => (
          <p key={note} className="ik-sm ik-t2">
            {note}
          </p>
        ))}
        {row.type === 'invoice' ? <Before row={row} /> : null}
        <Link href={`/customers/${row.customerId}`} className="ik-link ik-sm">
          The customer
        </Link>
      </DetailBody>
    </>
  );
}
