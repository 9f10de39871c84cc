import { useState } from 'react';
import { useLocation } from 'wouter';
import type { PlanDetail } from '../../../shared/domains/catalog/catalog-contract.ts';
import { CURRENCIES } from '../../../shared/kernel/money.ts';
import { localDate } from '../../../shared/kernel/local-date.ts';
import { useCommand } from '../../client/use-command.ts';
import { useMay } from '../../client/use-may.ts';
import { useQuery } from '../../client/use-query.ts';
import { useAddressParam, useSetAddressParams } from '../../ui/address.ts';
import { ActionButton, Button } from '../../ui/button.tsx';
import { Segments } from '../../ui/chips.tsx';
import { DateField } from '../../ui/date-field.tsx';
import { SelectField } from '../../ui/form-field.tsx';
import { formatDay } from '../../ui/format.ts';
import { Note } from '../../ui/note.tsx';
import { PageHead } from '../../ui/page-head.tsx';
import { Panel } from '../../ui/panel.tsx';
import { ScopePanel } from '../../ui/scope-panel.tsx';
import type { QueryField } from '../../ui/query-completion.ts';
import { useBillingToday } from '../billing/use-day-state.ts';

const FIELDS: readonly QueryField[] = [
  { name: 'plan', hint: 'a part of the name; plan=Basic for exactly that' },
  { name: 'version', hint: 'price_… of the plan' },
  { name: 'company', hint: 'who sells' },
  { name: 'currency', hint: 'EUR, PLN, …', values: Object.keys(CURRENCIES) },
  { name: 'country', hint: 'PL, DE, …' },
  { name: 'customer', hint: 'a part of the name' },
  { name: 'state', hint: 'running, paused, coming, ended', values: ['running', 'paused', 'coming', 'ended'] },
];
const IN_FORCE = 'in-force';
type When = 'now' | 'period-end' | 'day';

function versionOptions(plan: PlanDetail | undefined): { value: string; label: string }[] {
  return [
    { value: IN_FORCE, label: 'The one in force on the day, in each currency' },
    ...(plan?.periodVersions ?? []).map(({ id, validFrom, price }) => ({
      value: id,
      label: `${price.currency} from ${formatDay(validFrom)}`,
    })),
  ];
}

/** Which subscriptions are moved to which price and when; nothing is moved before its preview was looked at. */
export function RepricingNewPage() {
  const [, navigate] = useLocation();
  const may = useMay('billing.write');
  const today = useBillingToday();
  const [planId] = useAddressParam('plan');
  const [versionId, setVersionId] = useAddressParam('version', IN_FORCE);
  const setParams = useSetAddressParams();
  const [query, setQuery] = useAddressParam('query', '-state:ended');
  const [when, setWhen] = useAddressParam('when', 'period-end');
  const [day, setDay] = useState<string | null>(null);
  const plans = useQuery('catalog.planList', { limit: 500 }, { topics: ['plan'] });
  const plan = useQuery('catalog.planGet', planId === '' ? null : { planId }, { topics: ['plan'] });
  const counted = useQuery('billing.subscriptionList', { query, limit: 0 }, { topics: ['subscription'] });
  const create = useCommand('repricing.repricingCreate');
  const off =
    planId === ''
      ? 'Choose the plan they are moved to'
      : counted.error
        ? 'The query is not understood'
        : counted.data?.total === 0
          ? 'No subscription fits the query'
          : when === 'day' && day === null
            ? 'Choose the day'
            : null;
  const prepare = async (): Promise<void> => {
    const made = await create.run({
      planId,
      ...(versionId !== IN_FORCE && { versionId }),
      query,
      effect: when === 'day' ? localDate(day ?? today) : (when as Exclude<When, 'day'>),
    });
    if (made) navigate(`/plans/moves/${made.repricingId}`);
  };
  return (
    <>
      <PageHead title="Move subscriptions to another price" />
      <div className="ik-page">
        <Panel title="To" pad>
          <div className="ik-row" style={{ gap: 16, alignItems: 'flex-end' }}>
            <SelectField
              label="Plan"
              searchable
              data={(plans.data?.rows ?? []).map(({ id, name }) => ({ value: id, label: name }))}
              value={planId === '' ? null : planId}
              onChange={(chosen) => {
                setParams({ plan: chosen ?? '', version: '' });
              }}
            />
            <SelectField
              label="Version"
              style={{ minWidth: 320 }}
              data={versionOptions(plan.data ?? undefined)}
              value={versionId}
              onChange={(chosen) => {
                setVersionId(chosen ?? IN_FORCE);
              }}
            />
          </div>
        </Panel>
        <ScopePanel
          title="Subscriptions"
          query={query}
          onChange={setQuery}
          fields={FIELDS}
          placeholder="all of them; or plan, version, company, currency…"
          total={counted.data?.total}
          error={counted.error}
        />
        <Panel title="When" pad>
          <div className="ik-row" style={{ gap: 16, alignItems: 'flex-end' }}>
            <Segments
              label="When it takes effect"
              value={when as When}
              options={[
                { value: 'period-end', label: 'At the end of each period' },
                { value: 'now', label: 'Today' },
                { value: 'day', label: 'On a day' },
              ]}
              onChange={setWhen}
            />
            {when === 'day' ? <DateField label="Day" value={day} onChange={setDay} minDate={today} /> : null}
          </div>
          <p className="ik-t2 ik-sm">
            {when === 'period-end'
              ? 'Nobody pays for a period twice or in parts; as long as it has not come it can be taken back.'
              : 'What was paid in advance beyond that day is credited, the rest of the period charged anew.'}
          </p>
        </Panel>
        {create.error ? <Note tone="bad">{create.error.sentence}</Note> : null}
        <div className="ik-row">
          <ActionButton
            kind="primary"
            busy={create.pending}
            reason={may ?? off}
            onClick={() => void prepare()}
          >
            Preview it
          </ActionButton>
          <Button
            kind="ghost"
            onClick={() => {
              navigate('/plans/moves');
            }}
          >
            Cancel
          </Button>
          <span className="ik-t2 ik-sm">Nobody is moved by a preview.</span>
        </div>
      </div>
    </>
  );
}
