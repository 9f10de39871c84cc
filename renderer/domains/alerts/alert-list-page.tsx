import './alerts.css';
import { useParams } from 'wouter';
import IconBell from '@tabler/icons-react/dist/esm/icons/IconBell.mjs';
import IconCircleCheck from '@tabler/icons-react/dist/esm/icons/IconCircleCheck.mjs';
import { ALERT_FIELDS } from '../../../shared/domains/alerts/alert-fields.ts';
import { queryFields } from '../../client/query-fields.ts';
import { useList } from '../../client/use-list.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ListPage } from '../../ui/list-page.tsx';
import { useSelection } from '../../ui/selection.ts';
import { SavedQueryBar } from '../queries/saved-query-bar.tsx';
import { AlertBulkBar } from './alert-bulk-bar.tsx';
import { openColumns } from './alert-columns.tsx';
import { AlertDetail } from './alert-detail.tsx';
import { AlertTabs } from './alert-tabs.tsx';

const FIELDS = queryFields(ALERT_FIELDS);
const TOPICS = ['alert'];

/** What fires or is about to, the worst first, and one alert beside the list. */
export function AlertListPage() {
  const { alertId } = useParams<{ alertId?: string }>();
  const selection = useSelection();
  return (
    <ListPage
      path="/alerts"
      one="alert"
      many="alerts"
      icon={IconBell}
      list={useList('alerts.alertList', { sort: 'urgency' })}
      columns={openColumns}
      fields={FIELDS}
      placeholder="severity, rule, subject, host…"
      tabs={<AlertTabs value="/alerts" />}
      chips={<SavedQueryBar list="alerts" op="alerts.alertList" topics={TOPICS} />}
      empty={
        <EmptyState icon={IconCircleCheck} title="All is well">
          No rule has found anything. What fires stands here, the worst first.
        </EmptyState>
      }
      noMatch="No open alert fits this query now."
      shownId={alertId}
      selection={selection}
      detail={(id, beside) => <AlertDetail key={id} alertId={id} {...beside} />}
    >
      {(state) => <AlertBulkBar selection={selection} total={state?.total ?? 0} />}
    </ListPage>
  );
}
