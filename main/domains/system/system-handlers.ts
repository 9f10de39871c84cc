import { existsSync } from 'node:fs';
import type { DomainHandlers } from '../../../shared/contract/handlers.ts';
import type { InputOf, OutputOf, RefusalCodeOf } from '../../../shared/contract/operation.ts';
import { done, refuse, type Outcome } from '../../../shared/contract/outcome.ts';
import type { systemContract } from '../../../shared/domains/system/system-contract.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import { backupStore } from '../../platform/store/store-backup.ts';
import { StoreError } from '../../platform/store/store-error.ts';
import { auditPage } from './audit-page.ts';
import { environmentSave } from './environment-save.ts';
import { isPracticeStore, readEnvironment, writeSetting } from './setting-store.ts';
import { searchEverything } from './search-everything.ts';
import type { SystemParts } from './system-parts.ts';
import type { SystemTables } from './system-tables.ts';

type System = typeof systemContract;

export function systemHandlers(parts: SystemParts): DomainHandlers<System, CallContext> {
  return {
    about: async (_input, context) => done(await about(parts, context)),
    overview: async () => done(await overview(parts)),
    search: async (input) => done({ hits: await searchEverything(parts.searches, input) }),
    auditList: async (input) => done(await auditPage(parts.store, input)),
    auditVerify: async (_input, context) => {
      const { rows, ok, firstBad, head } = await parts.store.audit.verify({ signal: context.signal });
      return done({ rows, ok, firstBadSeq: firstBad?.seq ?? null, head: { seq: rows, hash: head } });
    },
    environmentSave,
    storeBackup: async (input) => await storeBackup(parts, input),
    practiceOpen: async (input, context) => await practiceOpen(parts, input, context),
    changes: async function* ({ topics }, context, { after }) {
      // The first item only carries where we are, so that a drop before the first change leaves no gap either.
      const from = after ?? (await parts.store.changes.cursor());
      if (after === undefined) yield { item: { topic: '', key: '' }, cursor: from };
      const options = { signal: context.signal, after: from, ...(topics ? { topics } : {}) };
      for await (const change of parts.store.changes.subscribe(options)) {
        const item =
          'reset' in change ? { topic: '', key: '', reset: true } : { topic: change.topic, key: change.key };
        yield { item, cursor: change.cursor };
      }
    },
  };
}

async function about(parts: SystemParts, context: CallContext): Promise<OutputOf<System['about']>> {
  const db = context.tables<SystemTables>();
  const practice = await isPracticeStore(db);
  const { hosts } = await parts.overview.fleet();
  return {
    ...omitSchema(parts.facts),
    store: { kind: parts.store.kind, address: parts.store.address, schema: parts.facts.schema },
    environment: await readEnvironment(db),
    practice,
    firstRun: hosts === 0,
  };
}

function omitSchema({
  schema: _schema,
  ...facts
}: SystemParts['facts']): Omit<SystemParts['facts'], 'schema'> {
  return facts;
}

async function overview(parts: SystemParts): Promise<OutputOf<System['overview']>> {
  const [fleet, money, ...found] = await Promise.all([
    parts.overview.fleet(),
    parts.overview.money(),
    ...parts.overview.exceptions.map(async (check) => await check()),
  ]);
  const all = found.flat();
  const order = ['critical', 'warning', 'waiting'];
  const standing = all.filter((exception) => exception.count > 0);
  standing.sort((a, b) => order.indexOf(a.severity) - order.indexOf(b.severity));
  return {
    ...fleet,
    money,
    exceptions: standing,
    clear: all.filter((exception) => exception.count === 0).map((exception) => exception.key),
    checkedAt: new Date().toISOString(),
  };
}

async function storeBackup(
  parts: SystemParts,
  { file }: InputOf<System['storeBackup']>,
): Promise<Outcome<OutputOf<System['storeBackup']>, RefusalCodeOf<System['storeBackup']>>> {
  if (parts.storeFile === undefined) return refuse('not-embedded');
  if (existsSync(file)) return refuse('file-exists', { file });
  try {
    const made = await backupStore(`sqlite:${parts.storeFile}`, file);
    return done({ file, bytes: made.bytes, sha256: made.sha256 });
  } catch (error) {
    const isTarget =
      error instanceof StoreError &&
      ['read-only', 'permission-denied', 'file-missing', 'disk-full'].includes(error.kind);
    if (isTarget) return refuse('file-not-writable', { file, reason: error.message });
    throw error;
  }
}

async function practiceOpen(
  parts: SystemParts,
  input: InputOf<System['practiceOpen']>,
  context: CallContext,
): Promise<Outcome<OutputOf<System['practiceOpen']>, RefusalCodeOf<System['practiceOpen']>>> {
  if (!parts.openPractice) return refuse('practice-missing');
  const db = context.tables<SystemTables>();
  const { hosts } = await parts.overview.fleet();
  if (hosts > 0 && !(await isPracticeStore(db))) return refuse('store-in-use');
  await writeSetting(db, 'practice', true);
  context.subject(`${input.hosts} hosts, ${input.vms} VMs`);
  return done(await parts.openPractice(input, context.actor));
}
