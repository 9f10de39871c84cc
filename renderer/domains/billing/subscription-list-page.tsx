import './billing.css';
import { useLocation, useParams } from 'wouter';
import IconRepeat from '@tabler/icons-react/dist/esm/icons/IconRepeat.mjs';
import { CURRENCIES } from '../../../shared/kernel/money.ts';
import { useList } from '../../client/use-list.ts';
import { useMay } from '../../client/use-may.ts';
import { useGoKeepingQuery } from '../../ui/address.ts';
import { ListPage } from '../../ui/list-page.tsx';
import type { QueryField } from '../../ui/query-completion.ts';
import { SavedQueryBar } from '../queries/saved-query-bar.tsx';
import { FirstSteps } from './first-steps.tsx';
import { SUBSCRIPTION_COLUMNS } from './subscription-columns.tsx';
import { SubscriptionDetail } from './subscription-detail.tsx';
import { SubscriptionStartDialog } from './subscription-start-dialog.tsx';

const FIELDS: readonly QueryField[] = [
  { name: 'state', hint: 'running, paused, coming, ended', values: ['running', 'paused', 'coming', 'ended'] },
  { name: 'customer', hint: 'a part of the name' },
  { name: 'plan', hint: 'a part of the name' },
  { name: 'vm', hint: 'a part of the name' },
  { name: 'version', hint: 'price_… of the plan' },
  { name: 'company', hint: 'who sells' },
  { name: 'country', hint: 'PL, DE, …' },
  { name: 'currency', hint: 'EUR, PLN, …', values: Object.keys(CURRENCIES) },
];
const TOPICS = ['subscription', 'billing-day', 'customer'];

/** What is sold to whom for which VM, and the charges of one beside the list; `/subscriptions/new` starts one. */
export function SubscriptionListPage() {
  const { subscriptionId } = useParams<{ subscriptionId?: string }>();
  const [, navigate] = useLocation();
  const go = useGoKeepingQuery();
  const isNew = subscriptionId === 'new';
  return (
    <ListPage
      path="/subscriptions"
      one="subscription"
      many="subscriptions"
      icon={IconRepeat}
      list={useList('billing.subscriptionList', { sort: 'started', direction: 'desc', topics: TOPICS })}
      columns={SUBSCRIPTION_COLUMNS}
      fields={FIELDS}
      placeholder="customer, plan, VM, state…"
      chips={<SavedQueryBar list="subscriptions" op="billing.subscriptionList" topics={TOPICS} />}
      create={{
        words: 'Start a subscription…',
        reason: useMay('billing.write'),
        run: () => {
          go('/subscriptions/new');
        },
      }}
      empty={<FirstSteps step="subscription" />}
      shownId={isNew ? undefined : subscriptionId}
      detail={(id, beside) => <SubscriptionDetail key={id} subscriptionId={id} {...beside} />}
    >
      {() =>
        isNew ? (
          <SubscriptionStartDialog
            onClose={() => {
              navigate('/subscriptions', { replace: true });
            }}
          />
        ) : null
      }
    </ListPage>
  );
}
