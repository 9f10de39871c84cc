import './fleet.css';
import { useMemo } from 'react';
import { useParams } from 'wouter';
import IconDeviceDesktop from '@tabler/icons-react/dist/esm/icons/IconDeviceDesktop.mjs';
import IconStack3 from '@tabler/icons-react/dist/esm/icons/IconStack3.mjs';
import type { VmRow, vmListSort } from '../../../shared/domains/fleet/vm-contract.ts';
import { useInstallations } from '../../client/installations.tsx';
import type { SpanEngines } from '../../client/span-engines.ts';
import { splitSpannedId, useSpanEngines, useSpanList } from '../../client/use-span-list.ts';
import type { Spanned } from '../../client/use-span-list.ts';
import { useAddressParam, useAddressSort } from '../../ui/address.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ListPage } from '../../ui/list-page.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import type { TableColumn } from '../../ui/table-column.ts';
import { useVmQueryFields } from './fleet-query-fields.ts';
import { vmColumns } from './vm-columns.tsx';
import { VmDetail } from './vm-detail.tsx';
import { VmEverywhereNotes } from './vm-everywhere-notes.tsx';
import { WithinInstallation } from './within-installation.tsx';

type Row = Spanned<VmRow>;
type SortKey = (typeof vmListSort)[number];

const TOPICS = ['vm', 'host', 'customer'];
const isStale = (vm: Row): boolean => vm.staleSince !== null;

/** The columns of the list of VMs, after the installation each is of. */
function useColumns(): readonly TableColumn<Row>[] {
  const { all } = useInstallations();
  return useMemo(() => {
    const labelOf = (name: string): string => all.find((each) => each.name === name)?.label ?? name;
    const [name, ...rest] = vmColumns;
    return [
      ...(name ? [name] : []),
      {
        key: 'installation',
        title: 'Installation',
        width: 96,
        fixed: true,
        cell: (vm: Row) => labelOf(vm.installation),
        text: (vm: Row) => vm.installation,
      },
      ...rest,
    ];
  }, [all]);
}

function List({ engines }: { engines: SpanEngines }) {
  const { vmId } = useParams<{ vmId?: string }>();
  const [query, setQuery] = useAddressParam('query');
  const [sort, setSort] = useAddressSort<SortKey>('name');
  const span = useSpanList(
    'fleet.vmList',
    { query, sort: sort.key, direction: sort.direction },
    { engines, topics: TOPICS },
  );
  return (
    <ListPage<Row>
      path="/everywhere"
      one="VM"
      many="VMs of all installations"
      icon={IconDeviceDesktop}
      list={{ query, setQuery, sort, setSort, source: span.source, all: undefined }}
      columns={useColumns()}
      fields={useVmQueryFields()}
      placeholder="state, host, customer, tag, cpu, memory…"
      chips={<VmEverywhereNotes query={query} totals={span.totals} away={span.away} />}
      empty="Every VM of every installation of this console stands here, in one order."
      noMatch="Nothing in any installation that answered fits this query now."
      shownId={vmId}
      isStale={isStale}
      detail={(id, beside) => {
        const of = splitSpannedId(id);
        return (
          <WithinInstallation key={id} name={of.installation} engines={engines}>
            <VmDetail vmId={of.id} {...beside} />
          </WithinInstallation>
        );
      }}
    />
  );
}

/** The VMs of every installation by one query; each is acted on in its own. */
export function VmEverywherePage() {
  const { all, host } = useInstallations();
  const engines = useSpanEngines(
    host,
    all.map((each) => each.name),
  );
  if (all.length === 0)
    return (
      <EmptyState icon={IconStack3} title="There is one installation">
        Name others in the settings of this console (docs/installations.md), and their VMs stand here
        together.
      </EmptyState>
    );
  return engines ? <List engines={engines} /> : <Skeleton rows={12} />;
}
