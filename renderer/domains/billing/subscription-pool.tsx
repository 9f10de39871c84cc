import { useState } from 'react';
import { Link } from 'wouter';
import IconPlus from '@tabler/icons-react/dist/esm/icons/IconPlus.mjs';
import type { SubscriptionRow } from '../../../shared/domains/billing/billing-contract.ts';
import type { PoolMember } from '../../../shared/domains/billing/pool-contract.ts';
import type { LocalDate } from '../../../shared/kernel/local-date.ts';
import { useMay } from '../../client/use-may.ts';
import { useQuery } from '../../client/use-query.ts';
import { ActionButton } from '../../ui/button.tsx';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { formatCount, formatDated } from '../../ui/format.ts';
import { Skeleton } from '../../ui/skeleton.tsx';
import { PoolMemberAddDialog } from './pool-member-add-dialog.tsx';
import { PoolMemberRemoveDialog } from './pool-member-remove-dialog.tsx';
import { PoolUsageBars } from './pool-usage-bars.tsx';

const SHOWN = 50;

/** VMs that share what a subscription bought together, and what they used of it; nothing where its plan has no pool. */
export function SubscriptionPool({ row, today }: { row: SubscriptionRow; today: LocalDate }) {
  const found = useQuery(
    'billing.poolMemberList',
    row.poolMembers === null ? null : { subscriptionId: row.id },
    { topics: ['subscription', 'billing-day', 'vm'] },
  );
  const mayBill = useMay('billing.write');
  const [adding, setAdding] = useState(false);
  const [removing, setRemoving] = useState<PoolMember | null>(null);
  const [all, setAll] = useState(false);
  if (row.poolMembers === null) return null;
  if (!found.data)
    return found.error ? <ErrorPanel error={found.error} onRetry={found.refetch} /> : <Skeleton />;
  const { rows } = found.data;
  const members = rows.filter(({ isIn }) => isIn).length;
  const shown = all ? rows : rows.slice(0, SHOWN);
  return (
    <section aria-label="Pool">
      <h3>
        Pool
        <span className="ik-meta ik-tn">
          {members === 1 ? '1 VM is in it' : `${formatCount(members)} VMs share it`}
        </span>
        <span className="ik-end">
          <ActionButton
            size="sm"
            icon={IconPlus}
            reason={mayBill ?? (row.endsOn !== null && row.endsOn <= today ? 'It has ended.' : null)}
            onClick={() => {
              setAdding(true);
            }}
          >
            Add a VM…
          </ActionButton>
        </span>
      </h3>
      <PoolUsageBars subscriptionId={row.id} today={today} />
      {rows.length === 0 ? (
        <p className="ik-none">
          No VM is in it yet: what is bought is paid for, and nothing is used of it. Add the VMs that share
          it.
        </p>
      ) : (
        <table className="ik-tb">
          <colgroup>
            <col />
            <col style={{ width: 132 }} />
            <col style={{ width: 132 }} />
            <col style={{ width: 84 }} />
          </colgroup>
          <thead>
            <tr>
              <th>VM</th>
              <th>From</th>
              <th>To</th>
              <th>
                <span className="ik-sr">Actions</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {shown.map((member) => (
              <MemberRow
                key={member.memberId}
                member={member}
                mayBill={mayBill}
                onRemove={() => {
                  setRemoving(member);
                }}
              />
            ))}
          </tbody>
        </table>
      )}
      {rows.length > shown.length ? (
        <button
          type="button"
          className="ik-link ik-xs"
          onClick={() => {
            setAll(true);
          }}
        >
          Show all {formatCount(rows.length)}, those that left among them
        </button>
      ) : null}
      {adding ? (
        <PoolMemberAddDialog
          subscription={row}
          onClose={() => {
            setAdding(false);
          }}
        />
      ) : null}
      {removing === null ? null : (
        <PoolMemberRemoveDialog
          subscription={row}
          member={removing}
          onClose={() => {
            setRemoving(null);
          }}
        />
      )}
    </section>
  );
}

function MemberRow(props: { member: PoolMember; mayBill: string | null; onRemove: () => void }) {
  const { member } = props;
  const toWords = (): string => {
    if (member.undone) return 'taken back';
    return member.to === null ? 'goes on' : formatDated(Date.parse(member.to));
  };
  return (
    <tr data-ended={!member.isIn || undefined}>
      <td title={member.vm}>
        <Link href={`/vms/${member.vmId}`} className="ik-link">
          {member.vm}
        </Link>
      </td>
      <td className="ik-tn">{formatDated(Date.parse(member.from))}</td>
      <td className={member.to === null ? 'ik-t3' : 'ik-tn'}>{toWords()}</td>
      <td className="ik-num">
        {member.isIn ? (
          <ActionButton
            size="sm"
            kind="ghost"
            reason={props.mayBill}
            label={`Remove ${member.vm} from the pool`}
            onClick={props.onRemove}
          >
            Remove…
          </ActionButton>
        ) : null}
      </td>
    </tr>
  );
}
