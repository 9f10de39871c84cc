import IconCircleCheck from '@tabler/icons-react/dist/esm/icons/IconCircleCheck.mjs';
import IconCircleX from '@tabler/icons-react/dist/esm/icons/IconCircleX.mjs';
import IconClock from '@tabler/icons-react/dist/esm/icons/IconClock.mjs';
import IconLoader2 from '@tabler/icons-react/dist/esm/icons/IconLoader2.mjs';
import type { DeliveryRow } from '../../../shared/domains/alerts/alerts-contract.ts';
import { useQuery } from '../../client/use-query.ts';
import { formatCount } from '../../ui/format.ts';
import type { IconComponent, Tone } from '../../ui/icon.ts';
import { Timestamp } from '../../ui/moment.tsx';
import { Panel } from '../../ui/panel.tsx';
import { StateLabel } from '../../ui/state-label.tsx';

const SHOWN = 50;

const STATES: Record<DeliveryRow['state'], { word: string; tone: Tone; icon: IconComponent }> = {
  waiting: { word: 'Waiting', tone: 'warn', icon: IconClock },
  sending: { word: 'Sending', tone: 'acc', icon: IconLoader2 },
  sent: { word: 'Sent', tone: 'ok', icon: IconCircleCheck },
  failed: { word: 'Not sent', tone: 'bad', icon: IconCircleX },
};

function DeliveryLine({ delivery }: { delivery: DeliveryRow }) {
  const { word, tone, icon } = STATES[delivery.state];
  return (
    <tr>
      <td>
        <StateLabel tone={tone} icon={icon} word={word} />
      </td>
      <td>
        <Timestamp dated atMs={Date.parse(delivery.createdAt)} />
      </td>
      <td className="ik-el">{delivery.channel}</td>
      <td className="ik-wrap">
        {delivery.title}
        {delivery.problem ? <div className="ik-bad">{delivery.problem}</div> : null}
      </td>
      <td className="ik-num">{delivery.attempts > 0 ? delivery.attempts : null}</td>
      <td>{delivery.nextAt ? <Timestamp atMs={Date.parse(delivery.nextAt)} /> : null}</td>
    </tr>
  );
}

/** What was sent lately, and what waits. */
export function DeliveryPanel() {
  const found = useQuery('alerts.deliveryList', { limit: SHOWN }, { topics: ['delivery', 'channel'] });
  if (!found.data) return null;
  const { rows, total } = found.data;
  return (
    <Panel
      title="Notifications"
      meta={total > rows.length ? `the latest ${rows.length} of ${formatCount(total)}` : formatCount(total)}
      pad={rows.length === 0}
    >
      {rows.length === 0 ? (
        <p className="ik-t2">Nothing was sent yet. What fires together is one notification per channel.</p>
      ) : (
        <table className="ik-tb">
          <colgroup>
            <col style={{ width: 88 }} />
            <col style={{ width: 130 }} />
            <col style={{ width: 150 }} />
            <col />
            <col style={{ width: 72 }} />
            <col style={{ width: 110 }} />
          </colgroup>
          <thead>
            <tr>
              <th>State</th>
              <th>Made</th>
              <th>Channel</th>
              <th>What it says</th>
              <th className="ik-num">Attempts</th>
              <th>Next</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((delivery) => (
              <DeliveryLine key={delivery.id} delivery={delivery} />
            ))}
          </tbody>
        </table>
      )}
    </Panel>
  );
}
