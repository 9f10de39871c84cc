import { z } from 'zod';
import { command, query } from '../../contract/operation.ts';
import { instant, nothing, pageInput, pageOf, taskStarted } from '../../contract/page.ts';

export const templateRow = z.object({
  id: z.string(),
  name: z.string(),
  os: z.string(),
  state: z.enum(['importing', 'ready', 'failed']),
  /** Read from the image itself. */
  format: z.enum(['qcow2', 'raw', 'unknown']),
  virtualSizeBytes: z.number(),
  fileBytes: z.number(),
  sha256: z.string(),
  minDiskBytes: z.number(),
  minMemoryBytes: z.number(),
  minVcpus: z.number().int(),
  source: z.string(),
  /** Hosts that hold a copy. */
  hosts: z.array(z.object({ hostId: z.string(), host: z.string() })),
  vms: z.number().int(),
  createdAt: instant,
});
export type TemplateRow = z.infer<typeof templateRow>;

const noTemplate = { 'no-such-template': 'There is no template {templateId}.' } as const;
const minimums = {
  minDiskBytes: z.number().int().min(0).default(0),
  minMemoryBytes: z.number().int().min(0).default(0),
  minVcpus: z.number().int().min(1).default(1),
};

const templateFields = z.object({
  name: z.string().trim().min(1).max(80),
  os: z.string().trim().min(1).max(80),
  ...minimums,
});
export type TemplateFields = z.infer<typeof templateFields>;

/** VM images with their parameters. */
export const templatesContract = {
  templateList: query({
    summary: 'Templates; fields: os state name',
    input: pageInput(['name', 'os', 'created']),
    permission: 'templates.read',
    output: pageOf(templateRow),
  }),
  templateGet: query({
    summary: 'One template',
    input: z.object({ templateId: z.string() }),
    permission: 'templates.read',
    output: templateRow,
    refusals: noTemplate,
  }),
  templateImport: command({
    summary:
      'Import an image (a file of the machine this engine runs on, or a URL) and upload it to hosts (durable task)',
    input: z.object({
      name: z.string().trim().min(1).max(80),
      os: z.string().trim().min(1).max(80),
      source: z.discriminatedUnion('kind', [
        z.object({ kind: z.literal('file'), path: z.string().min(1) }),
        z.object({ kind: z.literal('url'), url: z.url({ protocol: /^https?$/ }) }),
      ]),
      /** Expected SHA-256, hexadecimal; absent: what arrives is recorded. */
      sha256: z
        .string()
        .regex(/^[0-9a-f]{64}$/, '64 hexadecimal digits')
        .optional(),
      /** Hosts to upload to now; empty: every connected host. Others get it when a VM needs it there. */
      hostIds: z.array(z.string()).default([]),
      ...minimums,
    }),
    permission: 'templates.write',
    output: taskStarted.extend({ templateId: z.string() }),
    refusals: {
      'name-taken': 'A template called {name} exists already.',
      'file-missing': '{path} cannot be read: {reason}.',
      'not-an-image': '{path} is not a disk image (qcow2 or raw): {reason}.',
      'has-backing-file':
        '{path} depends on another image ({backing}): flatten it first with qemu-img convert.',
      'no-host': 'No connected host has an active storage pool to upload to.',
      'no-such-host': 'There is no host {hostId}.',
    },
    effect: 'outside',
    // It may hold a user and password, or a token; what may be shown of it is what the import is about.
    secrets: ['source.url'],
  }),
  templateSave: command({
    summary: 'Change name, OS and minimum sizes of a template',
    input: templateFields.extend({
      templateId: z.string(),
      /** As it was seen: what others changed since is kept or refused. Absent: all is replaced. */
      before: templateFields.optional(),
    }),
    permission: 'templates.write',
    output: nothing,
    refusals: {
      ...noTemplate,
      'name-taken': 'A template called {name} exists already.',
      'changed-meanwhile':
        '{name} was changed by somebody else meanwhile ({fields}). Look at it again, then save.',
    },
    effect: 'store',
  }),
  templateDelete: command({
    summary: 'Delete a template and its copies on all hosts (durable task); VMs made from it stay',
    input: z.object({ templateId: z.string(), confirmName: z.string() }),
    permission: 'templates.write',
    output: taskStarted,
    refusals: {
      ...noTemplate,
      'name-differs': 'Type the name of the template, {name}, to delete it.',
      'template-busy': '{name} is being used by a running task.',
    },
    effect: 'store',
  }),
};
