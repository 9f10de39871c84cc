import './billing.css';
import { Link } from 'wouter';
import { useQuery } from '../../client/use-query.ts';
import { PageHead } from '../../ui/page-head.tsx';
import { AgeingPanel } from './ageing-panel.tsx';
import { DaysPanel } from './days-panel.tsx';
import { ExchangeRatesPanel } from './exchange-rates-panel.tsx';
import { JournalExportPanel } from './journal-export-panel.tsx';
import { LedgerVerifyPanel } from './ledger-verify-panel.tsx';
import { MonthsPanel } from './months-panel.tsx';
import { TrialBalancePanel } from './trial-balance-panel.tsx';

/** The ledger: which days are charged, what every account stands at, and whether all of it still adds up. */
export function LedgerPage() {
  const company = useQuery('billing.companyGet', {});
  const zone = company.data?.company?.timeZone;
  return (
    <>
      <PageHead
        title="Ledger"
        meta={zone ? `days begin and end in ${zone}` : undefined}
        actions={
          <>
            <Link href="/usage" className="ik-link ik-sm">
              Usage and meters
            </Link>
            <Link href="/subscriptions" className="ik-link ik-sm">
              Charges by subscription
            </Link>
          </>
        }
      />
      <div className="ik-page">
        <div className="ik-duo">
          <DaysPanel hasCompany={company.data === undefined || company.data.company !== null} />
          <LedgerVerifyPanel />
        </div>
        <TrialBalancePanel />
        <MonthsPanel />
        <AgeingPanel />
        <div className="ik-duo">
          <JournalExportPanel />
          <ExchangeRatesPanel />
        </div>
      </div>
    </>
  );
}
