import './billing.css';
import { Link, useLocation } from 'wouter';
import IconArrowRight from '@tabler/icons-react/dist/esm/icons/IconArrowRight.mjs';
import IconBuildingStore from '@tabler/icons-react/dist/esm/icons/IconBuildingStore.mjs';
import IconCheck from '@tabler/icons-react/dist/esm/icons/IconCheck.mjs';
import IconFileInvoice from '@tabler/icons-react/dist/esm/icons/IconFileInvoice.mjs';
import IconPackage from '@tabler/icons-react/dist/esm/icons/IconPackage.mjs';
import IconRepeat from '@tabler/icons-react/dist/esm/icons/IconRepeat.mjs';
import IconUsers from '@tabler/icons-react/dist/esm/icons/IconUsers.mjs';
import { useQuery } from '../../client/use-query.ts';
import { Button } from '../../ui/button.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import type { IconComponent } from '../../ui/icon.ts';
import { Skeleton } from '../../ui/skeleton.tsx';

export type FirstStep = 'company' | 'plan' | 'customer' | 'subscription' | 'invoice';

interface StepWords {
  key: FirstStep;
  title: string;
  /** What the step gives. */
  gives: string;
  path: string;
  action: string;
}

/** From nothing to the first invoice, in the order in which each needs the one before. */
const STEPS: readonly StepWords[] = [
  {
    key: 'company',
    title: 'Say who sells',
    gives: 'name, VAT id and account on every invoice',
    path: '/settings/company',
    action: 'Enter the company',
  },
  {
    key: 'plan',
    title: 'Make a plan',
    gives: 'a price per month, per vCPU-hour and per GiB-hour',
    path: '/plans/new',
    action: 'New plan',
  },
  {
    key: 'customer',
    title: 'Add a customer',
    gives: 'who pays, in which currency, with which VAT',
    path: '/customers/new',
    action: 'New customer',
  },
  {
    key: 'subscription',
    title: 'Sell the plan for a VM',
    gives: 'from its first day on, every day is charged by itself',
    path: '/subscriptions/new',
    action: 'Start a subscription',
  },
  {
    key: 'invoice',
    title: 'Issue an invoice',
    gives: 'for a period whose days are closed, as a numbered PDF',
    path: '/invoices/new',
    action: 'New invoice',
  },
];

const PAGES: Record<Exclude<FirstStep, 'company'>, { icon: IconComponent; title: string; words: string }> = {
  plan: {
    icon: IconPackage,
    title: 'No plans yet',
    words: 'What is sold, and for how much: a plan has a price per month and per hour in each currency.',
  },
  customer: {
    icon: IconUsers,
    title: 'No customers yet',
    words:
      'Who buys: their data stand on invoices, and their VMs, subscriptions and balances are found here.',
  },
  subscription: {
    icon: IconRepeat,
    title: 'No subscriptions yet',
    words:
      'A subscription sells a plan to a customer for one VM; every day of it becomes charges in the ledger.',
  },
  invoice: {
    icon: IconFileInvoice,
    title: 'No invoices yet',
    words: 'Every invoice with what is still open on it, its PDF as it was issued, and what is overdue.',
  },
};

const FIRST = { limit: 1 } as const;

/** Which of the steps are done; undefined while that is being read. */
export function useFirstSteps(): ReadonlySet<FirstStep> | undefined {
  const company = useQuery('billing.companyGet', {});
  const plans = useQuery('catalog.planList', FIRST);
  const customers = useQuery('customers.customerList', FIRST);
  const subscriptions = useQuery('billing.subscriptionList', FIRST);
  const invoices = useQuery('billing.invoiceList', FIRST);
  if (!company.data || !plans.data || !customers.data || !subscriptions.data || !invoices.data)
    return undefined;
  const done = new Set<FirstStep>();
  if (company.data.company) done.add('company');
  if (plans.data.total > 0) done.add('plan');
  if (customers.data.total > 0) done.add('customer');
  if (subscriptions.data.total > 0) done.add('subscription');
  if (invoices.data.total > 0) done.add('invoice');
  return done;
}

/** An empty list of the accountant's: what it is for, the step that comes next, and the way from nothing to the first invoice. */
export function FirstSteps({ step }: { step: Exclude<FirstStep, 'company'> }) {
  const done = useFirstSteps();
  const [, navigate] = useLocation();
  if (!done) return <Skeleton rows={6} />;
  const next = STEPS.find((each) => !done.has(each.key)) ?? STEPS.find((each) => each.key === step);
  const page = PAGES[step];
  return (
    <EmptyState
      icon={page.icon}
      title={page.title}
      action={
        <>
          {next ? (
            <Button
              kind="primary"
              icon={next.key === 'company' ? IconBuildingStore : undefined}
              onClick={() => {
                navigate(next.path);
              }}
            >
              {next.action}
            </Button>
          ) : null}
          <ol className="ik-first" aria-label="From nothing to the first invoice">
            {STEPS.map((each) => (
              <li
                key={each.key}
                data-done={done.has(each.key) || undefined}
                aria-current={each.key === next?.key ? 'step' : undefined}
              >
                <span className="ik-first-mark">
                  {done.has(each.key) ? (
                    <IconCheck size={12} aria-hidden />
                  ) : each.key === next?.key ? (
                    <IconArrowRight size={12} aria-hidden />
                  ) : null}
                  <span className="ik-sr">{done.has(each.key) ? 'done' : 'to do'}</span>
                </span>
                <Link href={each.path}>{each.title}</Link>
                <span className="ik-t3">{each.gives}</span>
              </li>
            ))}
          </ol>
        </>
      }
    >
      {page.words}
    </EmptyState>
  );
}
