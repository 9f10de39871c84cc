import './billing.css';
import { Link } from 'wouter';
import { useQuery } from '../../client/use-query.ts';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { PageHead } from '../../ui/page-head.tsx';
import { CompanyChoice, companyAsked, useCompanyChoice } from '../companies/company-choice.tsx';
import { AgeingPanel } from './ageing-panel.tsx';
import { DaysPanel } from './days-panel.tsx';
import { ExchangeRatesPanel } from './exchange-rates-panel.tsx';
import { JournalExportPanel } from './journal-export-panel.tsx';
import { LedgerVerifyPanel } from './ledger-verify-panel.tsx';
import { MonthsPanel } from './months-panel.tsx';
import { TrialBalancePanel } from './trial-balance-panel.tsx';

/** The ledger: which days are charged, what every account stands at, and whether all of it still adds up. */
export function LedgerPage() {
  const choice = useCompanyChoice();
  const { companyId } = choice;
  const asked = companyAsked(companyId);
  const company = useQuery('billing.companyGet', asked, { topics: ['company'] });
  const zone = company.data?.company?.timeZone;
  // An address of a company that is not there: the refusal says so once, not in every panel.
  if (company.refusal === 'no-such-company' && company.error) {
    return (
      <>
        <PageHead title="Ledger" actions={<CompanyChoice choice={choice} />} />
        <div className="ik-page">
          <ErrorPanel title="This company is not there" error={company.error} />
        </div>
      </>
    );
  }
  return (
    <>
      <PageHead
        title="Ledger"
        meta={zone ? `days begin and end in ${zone}` : undefined}
        actions={
          <>
            <CompanyChoice choice={choice} />
            <Link href="/usage" className="ik-link ik-sm">
              Usage and meters
            </Link>
            <Link href="/subscriptions" className="ik-link ik-sm">
              Charges by subscription
            </Link>
          </>
        }
      />
      <div className="ik-page" key={companyId}>
        <div className="ik-duo">
          <DaysPanel
            companyId={companyId}
            hasCompany={company.data === undefined || company.data.company !== null}
          />
          <LedgerVerifyPanel />
        </div>
        <TrialBalancePanel companyId={companyId} />
        <MonthsPanel companyId={companyId} />
        <AgeingPanel companyId={companyId} />
        <div className="ik-duo">
          <JournalExportPanel companyId={companyId} />
          <ExchangeRatesPanel />
        </div>
      </div>
    </>
  );
}
