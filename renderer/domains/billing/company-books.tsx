import { useState } from 'react';
import IconLock from '@tabler/icons-react/dist/esm/icons/IconLock.mjs';
import IconLockOpen from '@tabler/icons-react/dist/esm/icons/IconLockOpen.mjs';
import IconPlus from '@tabler/icons-react/dist/esm/icons/IconPlus.mjs';
import type { OutputOf } from '../../../shared/contract/operation.ts';
import type {
  companyBooksOperations,
  YearRule,
} from '../../../shared/domains/billing/company-books-contract.ts';
import { addDays, firstOfMonth, localDate } from '../../../shared/kernel/local-date.ts';
import { useCommand } from '../../client/use-command.ts';
import { useEnvironmentName } from '../../client/use-environment-name.ts';
import { useMay } from '../../client/use-may.ts';
import { useQuery } from '../../client/use-query.ts';
import { ActionButton } from '../../ui/button.tsx';
import { DateField } from '../../ui/date-field.tsx';
import { ConfirmDialog } from '../../ui/dialog.tsx';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { SelectField } from '../../ui/form-field.tsx';
import { formatDay } from '../../ui/format.ts';
import { Note } from '../../ui/note.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { toast } from '../../ui/toast.ts';
import { useBillingToday } from './use-day-state.ts';

type Books = OutputOf<typeof companyBooksOperations.companyBooks>;

const RULES: readonly { value: YearRule; label: string }[] = [
  { value: 'automatic', label: 'Begin by themselves, with the first document' },
  { value: 'by-hand', label: 'Are opened by hand' },
];

/** Closes the books until a day, or opens them again; asked for once more, because reports stand on it. */
function CloseDialog(props: { books: Books; companyId: string; onClose: () => void }) {
  const { books, companyId, onClose } = props;
  const environment = useEnvironmentName();
  const today = localDate(useBillingToday());
  const close = useCommand('billing.booksClose');
  const [until, setUntil] = useState<string | null>(addDays(firstOfMonth(today), -1));
  const isReopened = books.closedUntil !== null && (until === null || until < books.closedUntil);
  const confirm = async (): Promise<void> => {
    if (!(await close.run({ companyId, until: until === null ? null : localDate(until) }))) return;
    toast('ok', until === null ? 'The books are open' : `Closed until ${formatDay(until)}`, books.company);
    onClose();
  };
  return (
    <ConfirmDialog
      title={`Close the books of ${books.company}`}
      environment={environment}
      action={isReopened ? 'Open them again' : 'Close them'}
      off={until === null && books.closedUntil === null ? 'Choose the last day' : null}
      busy={close.pending}
      problem={close.error?.sentence}
      onConfirm={() => void confirm()}
      onClose={onClose}
    >
      <DateField
        label="Until the end of"
        description="Nothing is booked, and no invoice or credit note dated, on that day or earlier. Empty: open."
        value={until}
        maxDate={today}
        clearable
        onChange={setUntil}
      />
      {isReopened ? (
        <Note tone="warn">
          What was reported of the days after {until === null ? 'the beginning' : formatDay(until)} can change
          again.
        </Note>
      ) : null}
    </ConfirmDialog>
  );
}

function Years({ books, companyId }: { books: Books; companyId: string }) {
  const may = useMay('billing.write');
  const setRule = useCommand('billing.yearRuleSet');
  const openYear = useCommand('billing.yearOpen');
  const thisYear = Number(useBillingToday().slice(0, 4));
  const last = books.opened[0]?.year ?? thisYear - 1;
  const next = Math.max(last + 1, thisYear);
  const problem = setRule.error ?? openYear.error;
  return (
    <>
      <SelectField
        label="Years of documents"
        description="Of a year that is not open nothing gets a number: it is held until somebody opens it"
        data={[...RULES]}
        allowDeselect={false}
        maw={420}
        disabled={may !== null || setRule.pending}
        value={books.years}
        onChange={(chosen) => {
          const rule = RULES.find(({ value }) => value === chosen);
          if (rule !== undefined && rule.value !== books.years)
            void setRule.run({ companyId, years: rule.value });
        }}
      />
      {books.years === 'automatic' ? null : (
        <p className="ik-row" style={{ flexWrap: 'wrap', marginTop: 12 }}>
          <span className="ik-sm ik-t2">
            {books.opened.length === 0
              ? 'None is open.'
              : `Open: ${books.opened.map(({ year }) => year).join(', ')}`}
          </span>
          <ActionButton
            size="sm"
            icon={IconPlus}
            reason={may}
            busy={openYear.pending}
            onClick={() => void openYear.run({ companyId, year: next })}
          >
            Open {next}
          </ActionButton>
        </p>
      )}
      {problem ? <Note tone="bad">{problem.sentence}</Note> : null}
    </>
  );
}

/** Until when the books of a company are closed, and which years of documents are open. */
export function CompanyBooks({ companyId }: { companyId: string }) {
  const may = useMay('billing.write');
  const found = useQuery('billing.companyBooks', { companyId }, { topics: ['company'] });
  const [asked, setAsked] = useState(false);
  const books = found.data;
  if (!books) {
    return found.error ? <ErrorPanel error={found.error} onRetry={found.refetch} /> : <Skeleton rows={3} />;
  }
  const isClosed = books.closedUntil !== null;
  return (
    <Panel
      title="Books and years"
      meta={isClosed ? `closed until ${formatDay(books.closedUntil ?? '')}` : 'never closed'}
      pad
      actions={
        <ActionButton
          size="sm"
          icon={isClosed ? IconLock : IconLockOpen}
          reason={may}
          onClick={() => {
            setAsked(true);
          }}
        >
          Close the books
        </ActionButton>
      }
    >
      <Years books={books} companyId={companyId} />
      {asked ? (
        <CloseDialog
          books={books}
          companyId={companyId}
          onClose={() => {
            setAsked(false);
          }}
        />
      ) : null}
    </Panel>
  );
}
