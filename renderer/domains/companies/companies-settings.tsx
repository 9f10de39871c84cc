import IconCheck from '@tabler/icons-react/dist/esm/icons/IconCheck.mjs';
import IconPlus from '@tabler/icons-react/dist/esm/icons/IconPlus.mjs';
import type { CompanyRow } from '../../../shared/domains/companies/companies-contract.ts';
import { useCommand } from '../../client/use-command.ts';
import { useMay } from '../../client/use-may.ts';
import { useQuery } from '../../client/use-query.ts';
import { useAddressParam } from '../../ui/address.ts';
import { ActionButton } from '../../ui/button.tsx';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { Note } from '../../ui/note.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { Badge } from '../../ui/state-label.tsx';
import { toast } from '../../ui/toast.ts';
import { CompanyBooks } from '../billing/company-books.tsx';
import { CompanySettings } from '../billing/company-settings.tsx';
import { CompanyImages } from './company-images.tsx';

const NEW = 'new';

function CompaniesPanel(props: {
  rows: readonly CompanyRow[];
  shownId: string;
  onShow: (companyId: string) => void;
}) {
  const { rows, shownId, onShow } = props;
  const may = useMay('billing.write');
  const makeDefault = useCommand('companies.companyMakeDefault');
  const setDefault = async ({ id, name }: CompanyRow): Promise<void> => {
    if (!(await makeDefault.run({ companyId: id }))) return;
    toast(
      'ok',
      `${name} is the default company`,
      'New customers are its; those there are stay where they are.',
    );
  };
  return (
    <Panel
      title="Companies"
      meta="each with its own customers, numbers, days, VAT and books"
      actions={
        <ActionButton
          size="sm"
          icon={IconPlus}
          reason={may}
          onClick={() => {
            onShow(NEW);
          }}
        >
          Add a company
        </ActionButton>
      }
    >
      {makeDefault.error ? <Note tone="bad">{makeDefault.error.sentence}</Note> : null}
      <table className="ik-tb">
        <thead>
          <tr>
            <th>Name</th>
            <th>VAT id</th>
            <th>Days are billed in</th>
            <th className="ik-num">Customers</th>
            <th>
              <span className="ik-sr">Default</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.id} aria-current={row.id === shownId ? 'true' : undefined}>
              <td>
                <button
                  type="button"
                  className="ik-link ik-med"
                  onClick={() => {
                    onShow(row.id);
                  }}
                >
                  {row.name}
                </button>
              </td>
              <td className="ik-tn">{row.vatId}</td>
              <td className="ik-t2">{row.timeZone}</td>
              <td className="ik-num">{row.customers}</td>
              <td className="ik-end">
                {row.isDefault ? (
                  <Badge tone="ok" icon={IconCheck}>
                    Default
                  </Badge>
                ) : (
                  <ActionButton
                    kind="ghost"
                    size="sm"
                    reason={may}
                    busy={makeDefault.pending}
                    onClick={() => {
                      void setDefault(row);
                    }}
                  >
                    Make default
                  </ActionButton>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  );
}

/** Our own companies, and one of them to edit: the default one unless the address names another. */
export function CompaniesSettings() {
  const [asked, setAsked] = useAddressParam('company');
  const found = useQuery('companies.companyList', {}, { topics: ['company', 'customer'] });
  if (!found.data) {
    return found.error ? <ErrorPanel error={found.error} onRetry={found.refetch} /> : <Skeleton rows={8} />;
  }
  const { rows } = found.data;
  const isNew = asked === NEW && rows.length > 0;
  const shown = rows.find((row) => row.id === asked) ?? rows.find((row) => row.isDefault);
  return (
    <>
      {rows.length === 0 ? null : (
        <CompaniesPanel rows={rows} shownId={isNew ? '' : (shown?.id ?? '')} onShow={setAsked} />
      )}
      {isNew ? (
        <CompanySettings key={NEW} isNew onAdded={setAsked} />
      ) : (
        <>
          <CompanySettings key={shown?.id ?? 'first'} companyId={shown?.id} />
          {shown === undefined ? null : <CompanyImages key={`images-${shown.id}`} companyId={shown.id} />}
          {shown === undefined ? null : <CompanyBooks key={shown.id} companyId={shown.id} />}
        </>
      )}
    </>
  );
}
