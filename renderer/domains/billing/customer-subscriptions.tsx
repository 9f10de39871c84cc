import './billing.css';
import { useState } from 'react';
import { Link } from 'wouter';
import type { SubscriptionRow } from '../../../shared/domains/billing/billing-contract.ts';
import { useQuery } from '../../client/use-query.ts';
import { ActionButton } from '../../ui/button.tsx';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { formatCount, formatDay } from '../../ui/format.ts';
import { StateLabel } from '../../ui/state-label.tsx';
import { SubscriptionEndDialog } from './subscription-end-dialog.tsx';
import { subscriptionState } from './subscription-state.ts';
import { costWords } from './subscription-words.ts';

const SHOWN = 50;

/** Its VM; of a pool how many share it. */
function vmWords({ vm, poolMembers }: SubscriptionRow): string {
  if (poolMembers === null) return vm;
  const pool = `pool of ${poolMembers} ${poolMembers === 1 ? 'VM' : 'VMs'}`;
  return vm === '' ? pool : `${vm}, ${pool}`;
}

/** What a customer was sold, newest first, in the customer's detail. */
export function CustomerSubscriptions(props: { customerId: string; mayBill: string | null }) {
  const query = `customerid:${props.customerId}`;
  const found = useQuery(
    'billing.subscriptionList',
    { query, sort: 'started', direction: 'desc', limit: SHOWN },
    { topics: ['subscription', 'billing-day', 'vm'] },
  );
  const [ending, setEnding] = useState<SubscriptionRow | null>(null);
  const rows = found.data?.rows ?? [];
  return (
    <section>
      <h3>
        Subscriptions <span className="ik-meta ik-tn">{found.data ? formatCount(found.data.total) : ''}</span>
        {(found.data?.total ?? 0) > SHOWN ? (
          <Link href={`/subscriptions?query=${encodeURIComponent(query)}`} className="ik-link ik-end ik-xs">
            All
          </Link>
        ) : null}
      </h3>
      {found.error && !found.data ? <ErrorPanel error={found.error} onRetry={found.refetch} /> : null}
      {found.data && rows.length === 0 ? (
        <p className="ik-none">Nothing was sold to this customer yet.</p>
      ) : null}
      {rows.length === 0 ? null : (
        <table className="ik-tb">
          <colgroup>
            <col style={{ width: 84 }} />
            <col />
            <col style={{ width: 84 }} />
            <col style={{ width: 96 }} />
            <col style={{ width: 56 }} />
          </colgroup>
          <thead>
            <tr>
              <th>Plan</th>
              <th>VM</th>
              <th>State</th>
              <th>From</th>
              <th>
                <span className="ik-sr">Actions</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => {
              const state = subscriptionState(row);
              return (
                <tr key={row.id} data-ended={state.word === 'Ended' || undefined}>
                  <td title={costWords(row)}>
                    <Link href={`/subscriptions/${row.id}`} className="ik-link">
                      {row.plan}
                    </Link>
                  </td>
                  <td title={vmWords(row)}>{vmWords(row)}</td>
                  <td>
                    <StateLabel {...state} />
                  </td>
                  <td className="ik-tn">{formatDay(row.startsOn)}</td>
                  <td className="ik-num">
                    {row.endsOn === null ? (
                      <ActionButton
                        size="sm"
                        kind="ghost"
                        reason={props.mayBill}
                        onClick={() => {
                          setEnding(row);
                        }}
                      >
                        End…
                      </ActionButton>
                    ) : null}
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      )}
      {ending ? (
        <SubscriptionEndDialog
          subscription={ending}
          onClose={() => {
            setEnding(null);
          }}
        />
      ) : null}
    </section>
  );
}
