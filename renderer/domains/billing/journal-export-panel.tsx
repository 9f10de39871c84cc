import { useState } from 'react';
import IconDownload from '@tabler/icons-react/dist/esm/icons/IconDownload.mjs';
import { addDays, addMonths, firstOfMonth, localDate } from '../../../shared/kernel/local-date.ts';
import { useEngine } from '../../client/engine-context.tsx';
import { errorWords } from '../../client/error-words.ts';
import { Button } from '../../ui/button.tsx';
import { saveFile } from '../../ui/csv.ts';
import { DateField } from '../../ui/date-field.tsx';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import type { ErrorWords } from '../../ui/error-panel.tsx';
import { Panel } from '../../ui/panel.tsx';
import { companyAsked } from '../companies/company-choice.tsx';
import { useBillingToday } from './use-day-state.ts';

/** The journal of a period as a file; the month before this one unless another is chosen. */
export function JournalExportPanel({ companyId }: { companyId?: string | undefined }) {
  const { client } = useEngine();
  const month = firstOfMonth(localDate(useBillingToday(companyId)));
  const [chosenFrom, setFrom] = useState<string | null>(null);
  const [chosenTo, setTo] = useState<string | null>(null);
  const [error, setError] = useState<ErrorWords | null>(null);
  const [busy, setBusy] = useState(false);
  const from = chosenFrom ?? addMonths(month, -1);
  const to = chosenTo ?? addDays(month, -1);
  const save = async (): Promise<void> => {
    setBusy(true);
    setError(null);
    try {
      const period = { start: localDate(from), endExclusive: addDays(localDate(to), 1) };
      const { fileName, csv } = await client.query('billing.journalExport', {
        ...period,
        ...companyAsked(companyId),
      });
      saveFile(fileName, csv, 'text/csv');
    } catch (failure) {
      setError(errorWords(failure));
    }
    setBusy(false);
  };
  return (
    <Panel
      title="Journal"
      pad
      actions={
        <Button size="sm" icon={IconDownload} busy={busy} onClick={() => void save()}>
          Save as CSV
        </Button>
      }
    >
      <div className="ik-row" style={{ gap: 12, alignItems: 'flex-end' }}>
        <span style={{ width: 140 }}>
          <DateField label="First day" value={from} maxDate={to} onChange={setFrom} />
        </span>
        <span style={{ width: 140 }}>
          <DateField label="Last day" value={to} minDate={from} onChange={setTo} />
        </span>
        <p className="ik-sm ik-t2">Every entry of these days, a line per debit and credit.</p>
      </div>
      {error ? <ErrorPanel error={error} onRetry={() => void save()} /> : null}
    </Panel>
  );
}
