import { useState } from 'react';
import { Link } from 'wouter';
import IconPlus from '@tabler/icons-react/dist/esm/icons/IconPlus.mjs';
import type { ProductRow } from '../../../shared/domains/catalog/catalog-contract.ts';
import { useMay } from '../../client/use-may.ts';
import { useQuery } from '../../client/use-query.ts';
import { ActionButton } from '../../ui/button.tsx';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { PageHead } from '../../ui/page-head.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { ProductDialog } from './product-dialog.tsx';
import { KIND_WORDS, vatWords } from './product-words.ts';

function Products({ rows, onEdit }: { rows: readonly ProductRow[]; onEdit: (row: ProductRow) => void }) {
  const may = useMay('catalog.write');
  return (
    <Panel title="Products" meta="what plans are plans of, and how VAT takes it">
      <table className="ik-tb">
        <colgroup>
          <col />
          <col style={{ width: 160 }} />
          <col style={{ width: '45%' }} />
          <col style={{ width: 72 }} />
          <col style={{ width: 84 }} />
        </colgroup>
        <thead>
          <tr>
            <th>Name</th>
            <th>Kind</th>
            <th>VAT</th>
            <th className="ik-num">Plans</th>
            <th>
              <span className="ik-sr">Change</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.id}>
              <td title={row.description}>{row.name}</td>
              <td className="ik-t2">{KIND_WORDS[row.kind]}</td>
              <td title={row.vat.exemptCode}>{vatWords(row.vat)}</td>
              <td className="ik-num">{row.plans}</td>
              <td className="ik-end">
                <ActionButton
                  kind="ghost"
                  size="sm"
                  reason={may}
                  label={`VAT of ${row.name}`}
                  onClick={() => {
                    onEdit(row);
                  }}
                >
                  VAT…
                </ActionButton>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  );
}

/** Products and how VAT takes each: few, so all of them on one page. */
export function ProductListPage() {
  const may = useMay('catalog.write');
  const found = useQuery('catalog.productList', {}, { topics: ['product', 'plan'] });
  const [shown, setShown] = useState<ProductRow | 'new' | null>(null);
  return (
    <>
      <PageHead
        title="Products"
        meta={
          <Link href="/plans" className="ik-link">
            Plans
          </Link>
        }
        actions={
          <ActionButton
            kind="primary"
            icon={IconPlus}
            reason={may}
            onClick={() => {
              setShown('new');
            }}
          >
            New product
          </ActionButton>
        }
      />
      <div className="ik-page">
        {found.data ? (
          <Products rows={found.data.rows} onEdit={setShown} />
        ) : found.error ? (
          <ErrorPanel error={found.error} onRetry={found.refetch} />
        ) : (
          <Skeleton rows={6} />
        )}
      </div>
      {shown === null ? null : (
        <ProductDialog
          product={shown === 'new' ? null : shown}
          onClose={() => {
            setShown(null);
          }}
        />
      )}
    </>
  );
}
