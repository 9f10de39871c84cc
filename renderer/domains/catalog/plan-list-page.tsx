import { Link, useLocation, useParams } from 'wouter';
import IconPackage from '@tabler/icons-react/dist/esm/icons/IconPackage.mjs';
import { PRODUCT_KINDS } from '../../../shared/domains/catalog/product-rules.ts';
import { useList } from '../../client/use-list.ts';
import { useMay } from '../../client/use-may.ts';
import { ListPage } from '../../ui/list-page.tsx';
import type { QueryField } from '../../ui/query-completion.ts';
import { FirstSteps } from '../billing/first-steps.tsx';
import { SavedQueryBar } from '../queries/saved-query-bar.tsx';
import { planColumns } from './plan-columns.tsx';
import { PlanDetail } from './plan-detail.tsx';

const FIELDS: readonly QueryField[] = [
  { name: 'name', hint: 'a part of the name' },
  { name: 'kind', hint: 'of product', values: PRODUCT_KINDS },
  { name: 'active', hint: 'yes, or no for retired', values: ['yes', 'no'] },
];
const TOPICS = ['plan', 'subscription'];

/** Plans with their prices in force, and one of them beside the list. */
export function PlanListPage() {
  const { planId } = useParams<{ planId?: string }>();
  const [, navigate] = useLocation();
  return (
    <ListPage
      path="/plans"
      one="plan"
      many="plans"
      icon={IconPackage}
      list={useList('catalog.planList', { sort: 'name', topics: TOPICS })}
      columns={planColumns}
      fields={FIELDS}
      placeholder="name, active…"
      chips={<SavedQueryBar list="plans" op="catalog.planList" topics={TOPICS} />}
      more={
        <>
          <Link href="/plans/products" className="ik-link ik-sm">
            Products and VAT
          </Link>
          <Link href="/plans/moves" className="ik-link ik-sm">
            Moves to another price
          </Link>
        </>
      }
      create={{
        words: 'New plan',
        reason: useMay('catalog.write'),
        run: () => {
          navigate('/plans/new');
        },
      }}
      empty={<FirstSteps step="plan" />}
      noMatch="No plan fits this query."
      shownId={planId}
      detail={(id, beside) => <PlanDetail key={id} planId={id} {...beside} />}
    />
  );
}
