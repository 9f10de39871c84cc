import { useState } from 'react';
import { useLocation } from 'wouter';
import IconCalendarCheck from '@tabler/icons-react/dist/esm/icons/IconCalendarCheck.mjs';
import IconCalendarExclamation from '@tabler/icons-react/dist/esm/icons/IconCalendarExclamation.mjs';
import IconCalendarOff from '@tabler/icons-react/dist/esm/icons/IconCalendarOff.mjs';
import { addDays, daysBetween, localDate } from '../../../shared/kernel/local-date.ts';
import type { ResultOf } from '../../client/operation-types.ts';
import { useCommand } from '../../client/use-command.ts';
import { useMay } from '../../client/use-may.ts';
import { ActionButton, Button } from '../../ui/button.tsx';
import { DateField } from '../../ui/date-field.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { formatCount, formatDay } from '../../ui/format.ts';
import { KeyValues } from '../../ui/key-values.tsx';
import { Panel } from '../../ui/panel.tsx';
import { ProgressBar } from '../../ui/progress-bar.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { StateLabel } from '../../ui/state-label.tsx';
import { Note } from '../../ui/note.tsx';
import { companyAsked } from '../companies/company-choice.tsx';
import { RefusalNote } from './refusal-note.tsx';
import { useDayState } from './use-day-state.ts';

type DayState = ResultOf<'billing.dayState'>;
type Closed = ResultOf<'billing.dayClose'>;
type Calendar = DayState['calendars'][number];

const plural = (count: number, one: string, many: string): string =>
  `${formatCount(count)} ${count === 1 ? one : many}`;

function closedWords(closed: Closed): string {
  const held = closed.held === 0 ? '' : `, ${plural(closed.held, 'waits', 'wait')} for a host`;
  if (closed.already > 0 && closed.posted === 0)
    return `charged already, ${plural(closed.already, 'charge', 'charges')} stand${held}`;
  return `${plural(closed.posted, 'charge', 'charges')} posted for ${plural(closed.subscriptions, 'subscription', 'subscriptions')}${held}`;
}

/** Days closed from here, last first. */
function Results({ results }: { results: readonly Closed[] }) {
  if (results.length === 0) return null;
  return (
    <table className="ik-tb" aria-live="polite">
      <tbody>
        {results.slice(0, 8).map((closed, at) => (
          <tr key={`${closed.day} ${results.length - at}`}>
            <td style={{ width: 104 }} className="ik-tn">
              {formatDay(closed.day)}
            </td>
            <td>
              <StateLabel tone="ok" icon={IconCalendarCheck} word={closedWords(closed)} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function useClosing(key: { companyId?: string; billingZone: string }) {
  const close = useCommand('billing.dayClose');
  const [results, setResults] = useState<readonly Closed[]>([]);
  const [progress, setProgress] = useState<{ done: number; total: number } | null>(null);
  /** Closes the days in order; stops at the first that is refused. */
  const closeFrom = async (first: string, total: number): Promise<void> => {
    for (let done = 0; done < total; done += 1) {
      if (total > 1) setProgress({ done, total });
      const closed = await close.run({ ...key, day: addDays(localDate(first), done) });
      if (!closed) break;
      setResults((before) => [closed, ...before]);
    }
    setProgress(null);
  };
  return { close, results, progress, closeFrom };
}

/** Days of customers who have a billing zone of their own; they close by themselves, too, each at its own midnight. */
function OtherZones({ zones }: { zones: readonly Calendar[] }) {
  if (zones.length === 0) return null;
  return (
    <table className="ik-tb">
      <thead>
        <tr>
          <th>Customers in</th>
          <th>Charged to</th>
          <th className="ik-num">Open</th>
        </tr>
      </thead>
      <tbody>
        {zones.map((zone) => (
          <tr key={zone.billingZone}>
            <td>{zone.timeZone}</td>
            <td className="ik-tn">
              {zone.closedUntil === null ? 'no day yet' : formatDay(zone.closedUntil)}
            </td>
            <td className="ik-num">
              {zone.openDays === 0 ? <span className="ik-t3">–</span> : <CloseZone zone={zone} />}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function CloseZone({ zone }: { zone: Calendar }) {
  const may = useMay('billing.write');
  const { companyId, billingZone } = zone;
  const { close, progress, closeFrom } = useClosing({ companyId, billingZone });
  const firstOpen = addDays(localDate(zone.today), -zone.openDays);
  return (
    <>
      <ActionButton
        size="sm"
        busy={close.pending || progress !== null}
        reason={may}
        onClick={() => void closeFrom(firstOpen, zone.openDays)}
      >
        {`Charge ${plural(zone.openDays, 'day', 'days')}`}
      </ActionButton>
      {close.error ? <Note tone="bad">{close.error.sentence}</Note> : null}
    </>
  );
}

function Days({ days, companyId }: { days: DayState; companyId: string | undefined }) {
  const may = useMay('billing.write');
  const { close, results, progress, closeFrom } = useClosing({
    billingZone: '',
    ...companyAsked(companyId),
  });
  const [chosen, setChosen] = useState<string | null>(null);
  const yesterday = addDays(localDate(days.today), -1);
  const firstOpen = addDays(localDate(days.today), -days.openDays);
  const day = chosen ?? (days.openDays > 0 ? firstOpen : yesterday);
  const busy = close.pending || progress !== null;
  return (
    <>
      <div className="ik-pb">
        <KeyValues
          facts={[
            {
              label: 'Charged to',
              value: days.closedUntil ? (
                <StateLabel tone="ok" icon={IconCalendarCheck} word={formatDay(days.closedUntil)} />
              ) : (
                'no day yet'
              ),
            },
            {
              label: 'Open',
              value:
                days.openDays === 0 ? (
                  'none: every day that is over is charged'
                ) : (
                  <StateLabel
                    tone="warn"
                    icon={IconCalendarExclamation}
                    word={`${plural(days.openDays, 'day', 'days')}, from ${formatDay(firstOpen)}`}
                  />
                ),
            },
            ...days.held.map((waiting) => ({
              label: 'Waiting',
              value: (
                <StateLabel
                  tone="warn"
                  icon={IconCalendarExclamation}
                  word={`${formatDay(waiting.day)}: ${plural(waiting.subscriptions, 'subscription', 'subscriptions')}, ${waiting.reason}`}
                />
              ),
            })),
            { label: 'Today', value: `${formatDay(days.today)}, charged once it is over` },
          ]}
        />
        <div className="ik-row" style={{ alignItems: 'flex-end', marginTop: 12 }}>
          <div style={{ width: 148 }}>
            <DateField label="Day" value={day} maxDate={yesterday} onChange={setChosen} />
          </div>
          <ActionButton busy={busy} reason={may} onClick={() => void closeFrom(day, 1)}>
            Charge this day
          </ActionButton>
          {days.openDays > 1 ? (
            <ActionButton
              kind="primary"
              busy={busy}
              reason={may}
              onClick={() => void closeFrom(firstOpen, daysBetween(firstOpen, localDate(days.today)))}
            >
              {`Charge all ${formatCount(days.openDays)} days`}
            </ActionButton>
          ) : null}
        </div>
        <p className="ik-example" style={{ marginTop: 8 }}>
          Days are charged by themselves after midnight. Charging a day again posts nothing.
        </p>
        {progress ? <ProgressBar label="Charging days" progress={{ ...progress, unit: 'count' }} /> : null}
        {close.error ? (
          <div style={{ marginTop: 8 }}>
            <RefusalNote
              run={{ error: close.error, refusal: close.refusal === 'no-company' ? close.refusal : null }}
            />
          </div>
        ) : null}
      </div>
      <Results results={results} />
      <OtherZones
        zones={days.calendars.filter(
          (each) => each.billingZone !== '' && each.companyId === (companyId ?? days.calendars[0]?.companyId),
        )}
      />
    </>
  );
}

/** Which days are charged, and charging those that are open. */
export function DaysPanel(props: { companyId: string | undefined; hasCompany: boolean }) {
  const { companyId, hasCompany } = props;
  const days = useDayState(companyId);
  const [, navigate] = useLocation();
  return (
    <Panel title="Days" meta={days.data ? `today is ${formatDay(days.data.today)}` : undefined}>
      {!hasCompany ? (
        <EmptyState
          icon={IconCalendarOff}
          title="Nobody sells yet"
          action={
            <Button
              kind="primary"
              onClick={() => {
                navigate('/settings/company');
              }}
            >
              Enter the company
            </Button>
          }
        >
          Days are charged in the zone of the company that sells.
        </EmptyState>
      ) : days.data ? (
        <Days days={days.data} companyId={companyId} />
      ) : days.error ? (
        <ErrorPanel title="The days could not be read" error={days.error} onRetry={days.refetch} />
      ) : (
        <Skeleton rows={4} />
      )}
    </Panel>
  );
}
