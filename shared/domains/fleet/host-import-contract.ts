import { z } from 'zod';
import { command, query } from '../../contract/operation.ts';
import { hostLabels } from './cluster-contract.ts';
import { hostAuth, hostProblem } from './host-contract.ts';
import { IMPORT_FIELDS } from './host-import-rules.ts';

export const MOST_IMPORTED = 500;

const importLine = z.object({
  line: z.number().int().min(1),
  name: z.string().trim().max(63).default(''),
  address: z.string().trim().min(1).max(253),
  port: z.number().int().min(1).max(65_535).default(22),
  user: z.string().trim().min(1).max(64).default('root'),
  jump: z.array(z.string()).max(4).default([]),
  /** Name of a cluster; empty: the one that is there longest. */
  cluster: z.string().default(''),
  labels: hostLabels.default([]),
  /** Fingerprint of its key, which a person or an inventory vouches for; jump hosts' too, with a space between. */
  fingerprint: z.string().default(''),
});
export type HostImportLine = z.infer<typeof importLine>;

const importState = z.enum(['waiting', 'added', 'failed']);

/** Many hosts at once, from a list. */
export const hostImportOperations = {
  hostImportRead: query({
    summary: 'Read a CSV of hosts: its columns, its lines and what is wrong with each',
    input: z.object({
      csv: z.string().max(1_000_000),
      /** What each column is; absent: guessed from the first row. */
      columns: z.array(z.enum(IMPORT_FIELDS).nullable()).optional(),
    }),
    permission: 'fleet.read',
    output: z.object({
      columns: z.array(z.enum(IMPORT_FIELDS).nullable()),
      lines: z.array(
        importLine.extend({ address: z.string(), port: z.number(), problems: z.array(z.string()) }),
      ),
    }),
  }),
  hostImportCheck: command({
    summary:
      'Look at the hosts of a list before importing them: known already, reachable, key to confirm, problems; changes nothing',
    input: z.object({ auth: hostAuth, lines: z.array(importLine).min(1).max(MOST_IMPORTED) }),
    permission: 'fleet.administer',
    output: z.object({
      lines: z.array(
        z.object({
          line: z.number().int(),
          /** `key`: it shows a key nobody has confirmed yet, see `fingerprint`. */
          verdict: z.enum(['ready', 'key', 'known', 'bad']),
          /** What stands in the way, a sentence; empty when it is ready. */
          sentence: z.string(),
          /** The key that is to be confirmed, of a jump host where `keyOf` names one. */
          fingerprint: z.string(),
          keyOf: z.string(),
          facts: z
            .object({
              hostname: z.string(),
              libvirtVersion: z.string(),
              cpuCount: z.number().int(),
              memoryBytes: z.number(),
              vms: z.number().int(),
              problems: z.array(hostProblem),
            })
            .nullable(),
        }),
      ),
    }),
    effect: 'outside',
    audited: false,
    secrets: ['auth.privateKey', 'auth.passphrase', 'auth.password'],
  }),
  hostImport: command({
    summary: 'Add the hosts of a list, each with its confirmed key; a task with a result per line',
    input: z.object({ auth: hostAuth, lines: z.array(importLine).min(1).max(MOST_IMPORTED) }),
    permission: 'fleet.administer',
    output: z.object({ importId: z.string(), taskId: z.string() }),
    refusals: {
      'no-such-cluster': 'Line {line} names the cluster {cluster}, which is not there: make it first.',
      'key-unconfirmed': 'The key of {address} (line {line}) is not confirmed yet: look at the hosts first.',
      'line-twice': 'Line {line} is there twice.',
    },
    effect: 'store',
    secrets: ['auth.privateKey', 'auth.passphrase', 'auth.password'],
  }),
  hostImportGet: query({
    summary: 'An import of hosts: what became of each line',
    input: z.object({ importId: z.string() }),
    permission: 'fleet.read',
    output: z.object({
      importId: z.string(),
      taskId: z.string(),
      waiting: z.number().int(),
      added: z.number().int(),
      failed: z.number().int(),
      lines: z.array(
        z.object({
          line: z.number().int(),
          name: z.string(),
          address: z.string(),
          state: importState,
          /** Why it could not be added, a sentence. */
          sentence: z.string(),
          hostId: z.string().nullable(),
        }),
      ),
    }),
    refusals: { 'no-such-import': 'There is no import {importId}.' },
  }),
} as const;
