import '../billing/billing.css';
import { useState } from 'react';
import { Link, useLocation } from 'wouter';
import IconArrowBackUp from '@tabler/icons-react/dist/esm/icons/IconArrowBackUp.mjs';
import IconCircleOff from '@tabler/icons-react/dist/esm/icons/IconCircleOff.mjs';
import IconSwitchHorizontal from '@tabler/icons-react/dist/esm/icons/IconSwitchHorizontal.mjs';
import IconStack2 from '@tabler/icons-react/dist/esm/icons/IconStack2.mjs';
import IconTag from '@tabler/icons-react/dist/esm/icons/IconTag.mjs';
import type { PlanDetail as Plan } from '../../../shared/domains/catalog/catalog-contract.ts';
import { useCommand } from '../../client/use-command.ts';
import { useMay } from '../../client/use-may.ts';
import { useQuery } from '../../client/use-query.ts';
import { ActionButton } from '../../ui/button.tsx';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { formatCount, formatDay, formatMinor } from '../../ui/format.ts';
import { KeyValues } from '../../ui/key-values.tsx';
import { Timestamp } from '../../ui/moment.tsx';
import { Note } from '../../ui/note.tsx';
import { queryValue } from '../../ui/query-value.ts';
import { Skeleton } from '../../ui/skeleton.tsx';
import { DetailBody, DetailHead } from '../../ui/split-view.tsx';
import { Badge } from '../../ui/state-label.tsx';
import type { DetailStep } from '../../ui/detail-step.ts';
import { useBillingToday } from '../billing/use-day-state.ts';
import { planState } from './plan-columns.tsx';
import { movePath, PeriodVersions } from './plan-period-versions.tsx';
import { PlanPriceDialog } from './plan-price-dialog.tsx';
import { formatPrice, monthExampleMinor } from './price-words.ts';

type Version = Plan['versions'][number];

/** Whether a version holds today, is to come, was replaced, or has ended. Versions come latest first. */
function versionState(versions: readonly Version[], version: Version, today: string): string {
  const same = versions.filter((each) => each.currency === version.currency);
  const begun = same.find((each) => each.validFrom <= today);
  if (version === begun) return 'in force';
  const ofThatDay = same.find((each) => each.validFrom === version.validFrom);
  if (version !== ofThatDay) return 'replaced';
  return version.validFrom > today ? 'to come' : 'ended';
}

function Prices({ plan }: { plan: Plan }) {
  const today = useBillingToday();
  return (
    <table className="ik-tb">
      <colgroup>
        <col style={{ width: 84 }} />
        <col style={{ width: 40 }} />
        <col />
        <col />
        <col />
        <col style={{ width: 64 }} />
      </colgroup>
      <thead>
        <tr>
          <th>From</th>
          <th>
            <span className="ik-sr">Currency</span>
          </th>
          <th className="ik-num">Month</th>
          <th className="ik-num">vCPU-hour</th>
          <th className="ik-num">GiB-hour</th>
          <th className="ik-num">State</th>
        </tr>
      </thead>
      <tbody>
        {plan.versions.map((version) => {
          const state = versionState(plan.versions, version, today);
          return (
            <tr
              key={`${version.currency} ${version.validFrom} ${version.setAt}`}
              data-ended={state === 'ended' || state === 'replaced' || undefined}
            >
              <td className="ik-tn">{formatDay(version.validFrom)}</td>
              <td className="ik-t2">{version.currency}</td>
              <td className="ik-num">{formatPrice(version.perMonth)}</td>
              <td className="ik-num">{formatPrice(version.perVcpuHour)}</td>
              <td className="ik-num">{formatPrice(version.perGibHour)}</td>
              <td className={state === 'in force' ? 'ik-num ik-ok' : 'ik-num ik-t3'}>{state}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

function Example({ plan }: { plan: Plan }) {
  if (plan.prices.length === 0 && plan.periodPrices.length > 0) return null;
  if (plan.prices.length === 0)
    return (
      <Note tone="warn">No price is in force today: it cannot be sold before its first price begins.</Note>
    );
  return (
    <>
      <h3>
        What it comes to <span className="ik-meta">2 vCPU, 4 GiB, a month of 31 days, net</span>
      </h3>
      <KeyValues
        facts={plan.prices.map((price) => ({
          label: price.currency,
          value: (
            <span className="ik-tn">
              {formatMinor(monthExampleMinor(price, { vcpus: 2n, memoryGib: 4n }))}
            </span>
          ),
        }))}
      />
    </>
  );
}

/** One plan: its prices by version, what it comes to, and who has it. */
export function PlanDetail(props: { planId: string; onClose?: () => void; step?: DetailStep }) {
  const { planId, onClose, step } = props;
  const answer = useQuery('catalog.planGet', { planId }, { topics: ['plan', 'subscription'] });
  const retire = useCommand('catalog.planRetire');
  const may = useMay('catalog.write');
  const mayMove = useMay('billing.write');
  const [, navigate] = useLocation();
  const [pricing, setPricing] = useState(false);
  const plan = answer.data;
  if (!plan) {
    return answer.error ? (
      <ErrorPanel title="The plan could not be read" error={answer.error} onRetry={answer.refetch} />
    ) : (
      <Skeleton rows={8} />
    );
  }
  const state = planState(plan);
  const ofPlan = `/subscriptions?query=${encodeURIComponent(`plan=${queryValue(plan.name)}`)}`;
  return (
    <>
      <DetailHead
        title={plan.name}
        badge={
          <Badge tone={state.tone} icon={state.icon}>
            {state.word}
          </Badge>
        }
        facts={plan.description === '' ? undefined : plan.description}
        actions={
          <>
            <ActionButton
              icon={IconStack2}
              reason={may}
              onClick={() => {
                navigate(`/plans/${plan.id}/version`);
              }}
            >
              New version…
            </ActionButton>
            <ActionButton
              icon={IconTag}
              reason={may}
              onClick={() => {
                setPricing(true);
              }}
            >
              New price…
            </ActionButton>
            {plan.periodVersions.length === 0 ? null : (
              <ActionButton
                icon={IconSwitchHorizontal}
                reason={mayMove}
                onClick={() => {
                  navigate(movePath(plan));
                }}
              >
                Move subscriptions…
              </ActionButton>
            )}
            <ActionButton
              kind="ghost"
              icon={plan.active ? IconCircleOff : IconArrowBackUp}
              busy={retire.pending}
              reason={may}
              onClick={() => void retire.run({ planId, active: !plan.active })}
            >
              {plan.active ? 'Stop selling' : 'Sell again'}
            </ActionButton>
          </>
        }
        onClose={onClose}
        onPrevious={step?.previous}
        onNext={step?.next}
        href={`/plans/${plan.id}`}
      />
      <DetailBody>
        {retire.error ? <Note tone="bad">{retire.error.sentence}</Note> : null}
        {plan.active ? null : (
          <Note tone="acc">It is no longer sold; subscriptions that have it go on at their price.</Note>
        )}
        <h3>Facts</h3>
        <KeyValues
          facts={[
            {
              label: 'Subscribed',
              value: (
                <Link href={ofPlan} className="ik-link">
                  {formatCount(plan.subscriptions)} running
                </Link>
              ),
            },
            { label: 'Product', value: plan.product },
            { label: 'Made', value: <Timestamp dated atMs={Date.parse(plan.createdAt)} /> },
          ]}
        />
        <Example plan={plan} />
        {plan.versions.length === 0 ? null : (
          <>
            <h3>
              Prices <span className="ik-meta">what was sold keeps the price of its first day</span>
            </h3>
            <Prices plan={plan} />
          </>
        )}
        <PeriodVersions plan={plan} />
      </DetailBody>
      {pricing ? (
        <PlanPriceDialog
          plan={plan}
          onClose={() => {
            setPricing(false);
          }}
        />
      ) : null}
    </>
  );
}
