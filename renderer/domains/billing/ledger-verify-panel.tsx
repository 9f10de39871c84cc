import { useState } from 'react';
import IconShieldCheck from '@tabler/icons-react/dist/esm/icons/IconShieldCheck.mjs';
import { useEngine } from '../../client/engine-context.tsx';
import { errorWords } from '../../client/error-words.ts';
import type { ResultOf } from '../../client/operation-types.ts';
import { Button } from '../../ui/button.tsx';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import type { ErrorWords } from '../../ui/error-panel.tsx';
import { formatCount } from '../../ui/format.ts';
import { Ago } from '../../ui/moment.tsx';
import { Note } from '../../ui/note.tsx';
import { Panel } from '../../ui/panel.tsx';

type Verdict = ResultOf<'billing.ledgerVerify'> & { atMs: number };

function VerdictText({ verdict }: { verdict: Verdict }) {
  const counts = `${formatCount(verdict.entries)} entries, ${formatCount(verdict.charges)} charges and ${formatCount(verdict.invoices)} invoices`;
  if (verdict.ok) {
    return (
      <Note tone="ok">
        All of it adds up: {counts} were recomputed <Ago atMs={verdict.atMs} />.
      </Note>
    );
  }
  return (
    <Note tone="bad">
      {formatCount(verdict.problems.length)} of {counts} do not add up. Stop invoicing, keep a backup of the
      store, and compare it with an earlier one.
      <ul style={{ marginTop: 8 }}>
        {verdict.problems.map((problem) => (
          <li key={problem}>{problem}</li>
        ))}
      </ul>
    </Note>
  );
}

/** Recomputes the ledger on demand and says whether every posting balances and every document is posted once. */
export function LedgerVerifyPanel() {
  const { client } = useEngine();
  const [verdict, setVerdict] = useState<Verdict | null>(null);
  const [error, setError] = useState<ErrorWords | null>(null);
  const [busy, setBusy] = useState(false);
  const verify = async (): Promise<void> => {
    setBusy(true);
    setError(null);
    try {
      setVerdict({ ...(await client.query('billing.ledgerVerify', {})), atMs: Date.now() });
    } catch (failure) {
      setError(errorWords(failure));
    }
    setBusy(false);
  };
  return (
    <Panel
      title="Verification"
      pad
      actions={
        <Button size="sm" icon={IconShieldCheck} busy={busy} onClick={() => void verify()}>
          Verify the ledger
        </Button>
      }
    >
      {error ? <ErrorPanel error={error} onRetry={() => void verify()} /> : null}
      {verdict ? (
        <VerdictText verdict={verdict} />
      ) : (
        <p className="ik-sm ik-t2">
          Recomputes everything: every entry balances, every charge follows from its price and quantity, every
          invoice is posted once and its document has not changed.
        </p>
      )}
    </Panel>
  );
}
