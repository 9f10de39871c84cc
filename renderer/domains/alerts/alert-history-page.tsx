import './alerts.css';
import { useParams } from 'wouter';
import IconHistory from '@tabler/icons-react/dist/esm/icons/IconHistory.mjs';
import { ALERT_FIELDS } from '../../../shared/domains/alerts/alert-fields.ts';
import { queryFields } from '../../client/query-fields.ts';
import { useList } from '../../client/use-list.ts';
import { ListPage } from '../../ui/list-page.tsx';
import { pastColumns } from './alert-columns.tsx';
import { AlertDetail } from './alert-detail.tsx';
import { AlertTabs } from './alert-tabs.tsx';

const FIELDS = queryFields(ALERT_FIELDS).filter(({ name }) => name !== 'state');

/** Alerts that are over, newest first; kept for 90 days. */
export function AlertHistoryPage() {
  const { alertId } = useParams<{ alertId?: string }>();
  return (
    <ListPage
      path="/alerts/history"
      one="past alert"
      many="past alerts"
      icon={IconHistory}
      list={useList('alerts.alertHistory', { sort: 'resolved', direction: 'desc' })}
      columns={pastColumns}
      fields={FIELDS}
      placeholder="severity, rule, subject, host…"
      tabs={<AlertTabs value="/alerts/history" />}
      empty="What has fired and is over stands here for 90 days."
      shownId={alertId}
      detail={(id, beside) => <AlertDetail key={id} alertId={id} {...beside} />}
    />
  );
}
