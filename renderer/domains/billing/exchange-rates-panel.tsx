import { useRef } from 'react';
import IconFileUpload from '@tabler/icons-react/dist/esm/icons/IconFileUpload.mjs';
import { useCommand } from '../../client/use-command.ts';
import { useMay } from '../../client/use-may.ts';
import { useQuery } from '../../client/use-query.ts';
import { ActionButton } from '../../ui/button.tsx';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { formatCount, formatDay } from '../../ui/format.ts';
import { Note } from '../../ui/note.tsx';
import { Panel } from '../../ui/panel.tsx';
import { toast } from '../../ui/toast.ts';

const SOURCES = {
  ECB: 'European Central Bank, for 1 EUR',
  NBP: 'Narodowy Bank Polski, zlotys for 1',
} as const;

/** Which exchange rates are known, and the way to read a file of more in. */
export function ExchangeRatesPanel() {
  const found = useQuery('billing.exchangeRateState', {}, { topics: ['exchange-rate'] });
  const read = useCommand('billing.exchangeRateImport');
  const may = useMay('billing.write');
  const input = useRef<HTMLInputElement>(null);
  const take = async (file: File | undefined): Promise<void> => {
    if (!file) return;
    const made = await read.run({ content: await file.text() });
    if (!made) return;
    const days = `${formatDay(made.firstDay)} to ${formatDay(made.lastDay)}`;
    toast(
      'ok',
      `${made.source} rates of ${days}`,
      `${formatCount(made.added)} of ${formatCount(made.rates)} were new`,
    );
  };
  return (
    <Panel
      title="Exchange rates"
      pad
      actions={
        <>
          <input
            ref={input}
            type="file"
            accept=".csv,.xml,.json"
            hidden
            aria-label="File of exchange rates"
            onChange={(event) => {
              void take(event.currentTarget.files?.[0]);
              event.currentTarget.value = '';
            }}
          />
          <ActionButton
            size="sm"
            icon={IconFileUpload}
            busy={read.pending}
            reason={may}
            onClick={() => {
              input.current?.click();
            }}
          >
            Read in a file
          </ActionButton>
        </>
      }
    >
      {found.error && !found.data ? <ErrorPanel error={found.error} onRetry={found.refetch} /> : null}
      {read.error ? <Note tone="bad">{read.error.sentence}</Note> : null}
      {found.data?.sources.map((of) => (
        <p key={of.source} className="ik-sm ik-t2">
          <b>{SOURCES[of.source]}</b>, {formatDay(of.firstDay)} to {formatDay(of.lastDay)}:{' '}
          {of.rates.map(({ currency, rate }) => `${currency} ${rate}`).join(', ')}
        </p>
      ))}
      {found.data?.sources.length === 0 ? (
        <p className="ik-sm ik-t2">
          None are known. VAT of an invoice in another currency is stated in that of your country too: read in
          the ECB’s CSV or XML, or NBP’s JSON of table A.
        </p>
      ) : null}
    </Panel>
  );
}
