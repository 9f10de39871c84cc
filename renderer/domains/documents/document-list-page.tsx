import { useState } from 'react';
import { useLocation, useParams } from 'wouter';
import IconFiles from '@tabler/icons-react/dist/esm/icons/IconFiles.mjs';
import { PAPER_KINDS } from '../../../shared/domains/documents/paper-kinds.ts';
import { CURRENCIES } from '../../../shared/kernel/money.ts';
import { useList } from '../../client/use-list.ts';
import { useMay } from '../../client/use-may.ts';
import { ListPage } from '../../ui/list-page.tsx';
import type { QueryField } from '../../ui/query-completion.ts';
import { documentColumns } from './document-columns.tsx';
import { DocumentDetail } from './document-detail.tsx';
import { DocumentIssueDialog } from './document-issue-dialog.tsx';

const FIELDS: readonly QueryField[] = [
  { name: 'kind', hint: 'pro-forma, receipt, contract, …', values: PAPER_KINDS },
  { name: 'customer', hint: 'a part of the name' },
  { name: 'number', hint: 'a part of the number' },
  { name: 'issued', hint: '2026-08, or a day' },
  { name: 'currency', hint: 'EUR, PLN, …', values: Object.keys(CURRENCIES) },
];

/** Documents that post nothing, the newest first, and one of them beside the list as it was issued. */
export function DocumentListPage() {
  const { documentId } = useParams<{ documentId?: string }>();
  const [, navigate] = useLocation();
  const [isIssuing, setIssuing] = useState(false);
  const list = useList('documents.documentList', {
    sort: 'issued',
    direction: 'desc',
    topics: ['document'],
  });
  return (
    <ListPage
      wide
      path="/documents"
      one="document"
      many="documents"
      icon={IconFiles}
      list={list}
      columns={documentColumns}
      fields={FIELDS}
      placeholder="number, customer, kind, issued…"
      create={{
        words: 'New document',
        reason: useMay('billing.write'),
        run: () => {
          setIssuing(true);
        },
      }}
      empty="Pro formas, receipts, acts of services, contracts, statements of account and reconciliations stand here: what is signed or sent and posts nothing."
      shownId={documentId}
      detail={(id, beside) => <DocumentDetail key={id} documentId={id} {...beside} />}
    >
      {() =>
        isIssuing ? (
          <DocumentIssueDialog
            onClose={() => {
              setIssuing(false);
            }}
            onIssued={(id) => {
              navigate(`/documents/${id}`);
            }}
          />
        ) : null
      }
    </ListPage>
  );
}
