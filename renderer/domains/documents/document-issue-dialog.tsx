import { useState } from 'react';
import { PAPER_KINDS, type PaperKind } from '../../../shared/domains/documents/paper-kinds.ts';
import { addDays, addMonths, firstOfMonth, localDate } from '../../../shared/kernel/local-date.ts';
import { useCommand } from '../../client/use-command.ts';
import { useEnvironmentName } from '../../client/use-environment-name.ts';
import { useQuery } from '../../client/use-query.ts';
import { DateField } from '../../ui/date-field.tsx';
import { ConfirmDialog } from '../../ui/dialog.tsx';
import { SelectField, TextAreaField } from '../../ui/form-field.tsx';
import { toast } from '../../ui/toast.ts';
import { useCustomerDays } from '../billing/use-day-state.ts';
import { CustomerField } from '../customers/customer-field.tsx';
import { KIND_WORDS } from './document-words.ts';
import { NO_PRODUCT, productOfChoice } from './product-choice.ts';

type Choice = Exclude<PaperKind, 'receipt'>;
/** A receipt is made on the page of its payment. */
const CHOICES = PAPER_KINDS.filter((kind): kind is Choice => kind !== 'receipt');

function useIssue(kind: Choice) {
  const commands = {
    'pro-forma': useCommand('documents.proFormaIssue'),
    'service-act': useCommand('documents.serviceActIssue'),
    contract: useCommand('documents.contractIssue'),
    statement: useCommand('documents.statementIssue'),
    reconciliation: useCommand('documents.reconciliationIssue'),
  };
  const run = async (of: {
    customerId: string;
    from: string;
    to: string;
    clauses: string[];
    product: string | null;
  }) => {
    const { customerId } = of;
    const scope = {
      customerId,
      periodStart: localDate(of.from),
      periodEndExclusive: addDays(localDate(of.to), 1),
    };
    switch (kind) {
      case 'pro-forma':
        return await commands['pro-forma'].run({
          ...scope,
          ...(of.product !== null && { productIds: [productOfChoice(of.product)] }),
        });
      case 'service-act':
        return await commands['service-act'].run(scope);
      case 'statement':
        return await commands.statement.run(scope);
      case 'contract':
        return await commands.contract.run({ customerId, clauses: of.clauses });
      case 'reconciliation':
        return await commands.reconciliation.run({ customerId, asOf: localDate(of.to) });
    }
  };
  return { run, pending: commands[kind].pending, problem: commands[kind].error?.sentence };
}

/** Issues a document of a customer: its kind, and what of. */
export function DocumentIssueDialog(props: { onClose: () => void; onIssued: (documentId: string) => void }) {
  const environment = useEnvironmentName();
  const [kind, setKind] = useState<Choice>('pro-forma');
  const issue = useIssue(kind);
  const [customerId, setCustomer] = useState<string | null>(null);
  const today = localDate(useCustomerDays(customerId).companyToday);
  const [fromTyped, setFrom] = useState<string | null>(null);
  const [toTyped, setTo] = useState<string | null>(null);
  const [clauses, setClauses] = useState('');
  const [product, setProduct] = useState<string | null>(null);
  const products = useQuery('catalog.productList', {}, { topics: ['product'] });
  const from = fromTyped ?? addMonths(firstOfMonth(today), -1);
  const to = toTyped ?? (kind === 'reconciliation' ? today : addDays(firstOfMonth(today), -1));
  const hasPeriod = kind === 'pro-forma' || kind === 'service-act' || kind === 'statement';
  const off =
    customerId === null
      ? 'Choose the customer'
      : hasPeriod && to < from
        ? 'The last day lies before the first'
        : null;
  const confirm = async (): Promise<void> => {
    if (customerId === null) return;
    const own = clauses.split(/\n+/).map((clause) => clause.trim());
    const made = await issue.run({
      customerId,
      from,
      to,
      clauses: own.filter((clause) => clause !== ''),
      product,
    });
    if (!made) return;
    toast('ok', `Issued ${made.number}`, KIND_WORDS[kind].word);
    props.onClose();
    props.onIssued(made.documentId);
  };
  return (
    <ConfirmDialog
      title="New document"
      environment={environment}
      action="Issue it"
      width={480}
      off={off}
      busy={issue.pending}
      problem={issue.problem}
      onConfirm={() => void confirm()}
      onClose={props.onClose}
    >
      <SelectField
        label="Kind"
        allowDeselect={false}
        data={CHOICES.map((value) => ({ value, label: KIND_WORDS[value].word }))}
        value={kind}
        description={KIND_WORDS[kind].what}
        onChange={(value) => {
          const chosen = CHOICES.find((each) => each === value);
          if (chosen !== undefined) setKind(chosen);
        }}
      />
      <CustomerField label="Customer" value={customerId} onChange={setCustomer} />
      {hasPeriod ? <DateField label="First day" value={from} onChange={setFrom} /> : null}
      {kind === 'contract' ? (
        <TextAreaField
          label="Clauses of your own"
          description="One per line, after those of the layout"
          value={clauses}
          onChange={(event) => {
            setClauses(event.currentTarget.value);
          }}
        />
      ) : (
        <DateField
          label={kind === 'reconciliation' ? 'At the end of' : 'Last day'}
          value={to}
          onChange={setTo}
        />
      )}
      {kind === 'pro-forma' ? (
        <SelectField
          label="Of"
          placeholder="All products"
          clearable
          data={[
            ...(products.data?.rows ?? []).map(({ id, name }) => ({ value: id, label: name })),
            { value: NO_PRODUCT, label: 'No product' },
          ]}
          value={product}
          onChange={setProduct}
        />
      ) : null}
    </ConfirmDialog>
  );
}
