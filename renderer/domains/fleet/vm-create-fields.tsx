import { useEffect } from 'react';
import type { UseFormReturnType } from '@mantine/form';
import type { TemplateRow } from '../../../shared/domains/templates/templates-contract.ts';
import { GIB, formatBytes } from '../../../shared/kernel/bytes.ts';
import { Segments } from '../../ui/chips.tsx';
import { FormSection, NumberField, SelectField, TextAreaField, TextField } from '../../ui/form-field.tsx';
import { CustomerField } from '../customers/customer-field.tsx';
import { leastOf } from './vm-create-form.ts';
import type { VmCreateValues } from './vm-create-form.ts';

export type VmForm = UseFormReturnType<VmCreateValues>;

/** What it is made from, whose it is, and its size; a template raises what is below its least. */
export function MachineFields({ form, templates }: { form: VmForm; templates: readonly TemplateRow[] }) {
  const { templateId } = form.getValues();
  const template = templates.find((each) => each.id === templateId);
  const least = template && leastOf(template);
  const raise = (chosen: TemplateRow | undefined): void => {
    if (!chosen) return;
    const values = form.getValues();
    const wanted = leastOf(chosen);
    const grown = (field: 'memoryGib' | 'diskGib', bytes: number): void => {
      const now = values[field];
      if (typeof now !== 'number' || now * GIB < bytes)
        form.setFieldValue(field, Math.ceil((bytes / GIB) * 2) / 2);
    };
    if (typeof values.vcpus !== 'number' || values.vcpus < wanted.vcpus)
      form.setFieldValue('vcpus', wanted.vcpus);
    grown('memoryGib', wanted.memoryBytes);
    grown('diskGib', wanted.diskBytes);
  };
  return (
    <>
      <FormSection title="What and whose" hint="Its name is its host name too.">
        <SelectField
          label="Template"
          placeholder="Choose an image"
          searchable
          data={templates.map((each) => ({
            value: each.id,
            label: each.state === 'ready' ? each.name : `${each.name} (${each.state})`,
            disabled: each.state !== 'ready',
          }))}
          {...form.getInputProps('templateId')}
          onChange={(value) => {
            form.setFieldValue('templateId', value);
            raise(templates.find((each) => each.id === value));
          }}
        />
        <TextField label="Name" placeholder="acct-4812" {...form.getInputProps('name')} />
        <div className="ik-wide">
          <CustomerField
            label="Customer"
            clearable
            value={form.getValues().customerId}
            onChange={(value) => {
              form.setFieldValue('customerId', value);
            }}
            error={form.errors['customerId']}
          />
        </div>
      </FormSection>
      <div className="ik-three">
        <FormSection
          title="Size"
          hint={
            least
              ? `At least ${[
                  `${least.vcpus} vCPU`,
                  ...(least.memoryBytes > 0 ? [`${formatBytes(least.memoryBytes)} memory`] : []),
                  ...(least.diskBytes > 0 ? [`${formatBytes(least.diskBytes)} disk`] : []),
                ].join(', ')}, as its template says.`
              : undefined
          }
        >
          <NumberField label="vCPU" min={1} max={256} {...form.getInputProps('vcpus')} />
          <NumberField label="Memory" unit="GiB" min={0} step={1} {...form.getInputProps('memoryGib')} />
          <NumberField label="Disk" unit="GiB" min={0} step={10} {...form.getInputProps('diskGib')} />
        </FormSection>
      </div>
    </>
  );
}

/** Where it is plugged in, and how it gets its address. */
export function NetworkFields({
  form,
  choices,
  host,
}: {
  form: VmForm;
  choices: { value: string; label: string }[] | undefined;
  host: string | undefined;
}) {
  const { addressing, network } = form.getValues();
  const { setFieldValue } = form;
  const first = choices?.[0]?.value;
  useEffect(() => {
    if (network === null && first !== undefined) setFieldValue('network', first);
  }, [network, first, setFieldValue]);
  const known = choices?.some((choice) => choice.value === network) ?? true;
  return (
    <FormSection title="Network">
      <SelectField
        label="Plugged into"
        description={host ? `as ${host} has them` : undefined}
        placeholder="Choose a network"
        data={[
          ...(choices ?? []),
          ...(known || network === null
            ? []
            : [{ value: network, label: `${network} (not on ${host ?? 'that host'})` }]),
        ]}
        {...form.getInputProps('network')}
      />
      <div>
        <span className="ik-sm ik-med">Address</span>
        <div style={{ marginTop: 6 }}>
          <Segments
            label="Address"
            value={addressing}
            options={[
              { value: 'dhcp', label: 'DHCP' },
              { value: 'static', label: 'Static' },
            ]}
            onChange={(value) => {
              form.setFieldValue('addressing', value);
            }}
          />
        </div>
      </div>
      {addressing === 'static' ? (
        <>
          <TextField label="IPv4 address" placeholder="10.42.7.131/24" {...form.getInputProps('cidr')} />
          <TextField label="Gateway" placeholder="10.42.7.1" {...form.getInputProps('gateway')} />
          <TextField
            label="Name servers"
            placeholder="9.9.9.9 1.1.1.1"
            {...form.getInputProps('nameservers')}
          />
        </>
      ) : null}
    </FormSection>
  );
}

/** Keys, the script of the first boot, tags. */
export function AccessFields({ form }: { form: VmForm }) {
  const mono = { input: { fontFamily: 'var(--ik-mono)', fontSize: 11 } };
  return (
    <FormSection title="Access and first boot">
      <div className="ik-wide">
        <TextAreaField
          label="SSH keys"
          description="Public keys, one per line; let in as root"
          placeholder="ssh-ed25519 AAAA… somebody@somewhere"
          minRows={2}
          styles={mono}
          {...form.getInputProps('sshKeys')}
        />
      </div>
      <div className="ik-wide">
        <TextAreaField
          label="First-boot script"
          description="Run once as root when it first starts"
          placeholder="#!/bin/sh"
          minRows={3}
          styles={mono}
          {...form.getInputProps('firstBootScript')}
        />
      </div>
      <div className="ik-wide">
        <TextField
          label="Tags"
          description="Words with blanks between; found by tag:vip"
          {...form.getInputProps('tags')}
        />
      </div>
    </FormSection>
  );
}
