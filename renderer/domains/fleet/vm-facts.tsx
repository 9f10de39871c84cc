import { useState } from 'react';
import { Link } from 'wouter';
import IconPencil from '@tabler/icons-react/dist/esm/icons/IconPencil.mjs';
import type { VmDetail } from '../../../shared/domains/fleet/vm-contract.ts';
import { formatBytes } from '../../../shared/kernel/bytes.ts';
import { ActionButton } from '../../ui/button.tsx';
import { CopyButton } from '../../ui/copy-button.tsx';
import { formatMinor, formatMoment } from '../../ui/format.ts';
import { KeyValues } from '../../ui/key-values.tsx';
import type { Fact } from '../../ui/key-values.tsx';
import { Timestamp } from '../../ui/moment.tsx';
import { Tag } from '../../ui/state-label.tsx';
import { monthOfVmMinor, priceWords } from '../catalog/price-words.ts';
import { VmProtection } from '../hardware/vm-protection.tsx';
import { uptimeOf } from './load-words.tsx';
import { VmCustomerDialog } from './vm-customer-dialog.tsx';
import { VmNotesDialog } from './vm-notes-dialog.tsx';

function uptimeWords(seconds: number): string {
  const { value, unit } = uptimeOf(seconds);
  return `${value} ${unit}, since ${formatMoment(Date.now() - seconds * 1000)}`;
}

/** What it costs its customer in a month of 31 days in which it runs throughout as it is; empty for what is not billed. */
function costWords(vm: VmDetail): string {
  if (vm.subscription === null) return vm.pool === null ? '' : 'by what it uses, in the pool';
  const { price } = vm.subscription;
  if (price === null) return 'charged by the period, see the subscription';
  const { currency, perVcpuHour, perGibHour } = price;
  const total = `${formatMinor(monthOfVmMinor(price, vm))} ${currency} a month`;
  const isByUse = /[1-9]/.test(perVcpuHour + perGibHour);
  return isByUse ? `${total} when it runs all of it (${priceWords(price)})` : total;
}

function addressesOf(vm: VmDetail, version: 4 | 6): string {
  const all = vm.nics
    .flatMap((nic) => nic.addresses)
    .filter((address) => address.includes(':') === (version === 6));
  return all.join(', ');
}

function textFacts(vm: VmDetail): [string, string][] {
  const disks = vm.disks.filter((disk) => !disk.readonly);
  return [
    ['Customer', vm.customer],
    ['Host', vm.host],
    ['Plan', vm.subscription?.plan ?? ''],
    ['In the pool of', vm.pool?.plan ?? ''],
    ['Costs', costWords(vm)],
    ['OS', vm.os],
    ['Memory', formatBytes(vm.memoryBytes)],
    [
      'Disks',
      disks
        .map((disk) =>
          disk.capacityBytes > 0 ? `${disk.target} ${formatBytes(disk.capacityBytes)}` : disk.target,
        )
        .join(', '),
    ],
    ['IPv4', addressesOf(vm, 4)],
    ['IPv6', addressesOf(vm, 6)],
    ['Uptime', vm.uptimeSeconds === null ? '' : uptimeWords(vm.uptimeSeconds)],
    ['Agent', vm.agent ? 'answers' : 'does not answer'],
    ['Autostart', vm.autostart ? 'with its host' : 'no'],
    ['Template', vm.template],
    ['UUID', vm.uuid],
  ];
}

function factsOf(vm: VmDetail): Fact[] {
  const known = new Map(textFacts(vm));
  const plain = (label: string, wide = false): Fact => {
    const value = known.get(label);
    return { label, value: value ? <span title={value}>{value}</span> : null, wide };
  };
  return [
    {
      label: 'Host',
      value: (
        <Link href={`/hosts/${vm.hostId}`} className="ik-link">
          {vm.host}
        </Link>
      ),
    },
    {
      label: 'Plan',
      value: vm.subscription ? (
        <Link href={`/subscriptions/${vm.subscription.id}`} className="ik-link">
          {vm.subscription.plan}
        </Link>
      ) : null,
    },
    ...(vm.pool === null
      ? []
      : [
          {
            label: 'In the pool of',
            value: (
              <Link href={`/subscriptions/${vm.pool.id}`} className="ik-link">
                {vm.pool.plan}
              </Link>
            ),
          },
        ]),
    {
      label: 'Costs',
      wide: true,
      value: costWords(vm) || <span className="ik-t3">Nothing: it is not billed</span>,
    },
    { label: 'Protected by', wide: true, value: <VmProtection vm={vm} /> },
    plain('OS', true),
    plain('IPv4'),
    plain('Memory'),
    plain('IPv6'),
    plain('Disks'),
    plain('Uptime'),
    plain('Agent'),
    plain('Autostart'),
    {
      label: vm.templateId ? 'Created' : 'First seen',
      value: <Timestamp dated atMs={Date.parse(vm.createdAt)} />,
    },
    {
      label: 'Template',
      wide: true,
      value: vm.templateId ? (
        <Link href={`/templates/${vm.templateId}`} className="ik-link">
          {vm.template}
        </Link>
      ) : null,
    },
    plain('UUID', true),
  ];
}

/** Facts of a VM, its customer, tags and notes, with what may be changed. */
export function VmFacts({ vm, may }: { vm: VmDetail; may: string | null }) {
  const [edited, setEdited] = useState<'customer' | 'notes' | null>(null);
  const close = (): void => {
    setEdited(null);
  };
  const change = (what: 'customer' | 'notes', label: string) => (
    <ActionButton
      size="sm"
      kind="ghost"
      icon={IconPencil}
      label={label}
      reason={may}
      onClick={() => {
        setEdited(what);
      }}
    />
  );
  return (
    <section aria-label="Facts">
      <div className="ik-sub">
        <h3>Facts</h3>
        <span className="ik-actions">
          <CopyButton
            label="Copy all"
            text={[['Name', vm.name], ...textFacts(vm)]
              .map(([label, value]) => `${label}: ${value ?? ''}`)
              .join('\n')}
          />
        </span>
      </div>
      <KeyValues
        columns={2}
        facts={[
          {
            label: 'Customer',
            wide: true,
            value: (
              <span className="ik-row" style={{ gap: 4 }}>
                {vm.customerId ? (
                  <Link href={`/customers/${vm.customerId}`} className="ik-link ik-el">
                    {vm.customer}
                  </Link>
                ) : (
                  <span className="ik-t3">Nobody</span>
                )}
                {change('customer', 'Change the customer')}
              </span>
            ),
          },
          ...factsOf(vm),
          {
            label: 'Tags',
            wide: true,
            value: (
              <span className="ik-row" style={{ gap: 4 }}>
                {vm.tags.map((tag) => (
                  <Tag key={tag}>{tag}</Tag>
                ))}
                {vm.tags.length === 0 ? <span className="ik-t3">None</span> : null}
                {change('notes', 'Change tags and notes')}
              </span>
            ),
          },
        ]}
      />
      {vm.notes ? (
        <p className="ik-sm ik-t2" style={{ whiteSpace: 'pre-wrap', marginTop: 4 }}>
          {vm.notes}
        </p>
      ) : null}
      {edited === 'customer' ? <VmCustomerDialog vm={vm} onClose={close} /> : null}
      {edited === 'notes' ? <VmNotesDialog vm={vm} onClose={close} /> : null}
    </section>
  );
}
