import type { PaperRow } from '../../../shared/domains/documents/documents-contract.ts';
import { moneyFromWire, moneyToDecimalText } from '../../../shared/kernel/money.ts';
import { MoneyText } from '../../ui/figures.tsx';
import { formatDay } from '../../ui/format.ts';
import type { TableColumn } from '../../ui/table-column.ts';
import { KIND_WORDS } from './document-words.ts';

export const documentColumns: readonly TableColumn<PaperRow>[] = [
  {
    key: 'number',
    title: 'Number',
    width: 140,
    fixed: true,
    sortable: true,
    cell: (paper) => <span className="ik-med ik-tn">{paper.number}</span>,
    text: (paper) => paper.number,
  },
  {
    key: 'kind',
    title: 'Kind',
    width: 120,
    cell: (paper) => KIND_WORDS[paper.kind].word,
    text: (paper) => KIND_WORDS[paper.kind].word,
  },
  {
    key: 'customer',
    title: 'Customer',
    width: 150,
    grow: true,
    sortable: true,
    cell: (paper) => <span title={paper.customer}>{paper.customer}</span>,
    text: (paper) => paper.customer,
  },
  {
    key: 'issued',
    title: 'Issued',
    width: 96,
    sortable: true,
    cell: (paper) => <span className="ik-tn">{formatDay(paper.issuedOn)}</span>,
    text: (paper) => paper.issuedOn,
  },
  {
    key: 'amount',
    title: 'Amount',
    width: 120,
    align: 'right',
    cell: (paper) => (paper.kind === 'contract' ? null : <MoneyText money={paper.amount} />),
    text: (paper) => (paper.kind === 'contract' ? '' : moneyToDecimalText(moneyFromWire(paper.amount))),
  },
];
