import { setTimeout as sleep } from 'node:timers/promises';
import { openStore } from '../platform/store/store-open.ts';
import { backupStore } from '../platform/store/store-backup.ts';
import { holdDuty } from '../platform/store/duty-hold.ts';
import type { SchemaStep } from '../platform/store/schema-step.ts';
import type { Store } from '../platform/store/store.ts';

/** The process behind store-child.ts: node store-child-process.ts <action> <address> <argument>… */

interface Tally {
  tally: { id: string; by: string };
}

export const tallySchema: SchemaStep = {
  id: '20260101T0000-tally',
  up: async (to) => await to.run('create table tally (id text primary key, by text not null)'),
};

const me = String(process.pid);
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const forEver = async (): Promise<never> => {
  for (;;) await sleep(1000);
};

async function open(
  address: string,
  options: { isOwner: boolean; schema?: readonly SchemaStep[] },
): Promise<Store> {
  return await openStore({
    address,
    schema: options.schema ?? [tallySchema],
    program: { name: 'Innkeeper', version: '1.2.3' },
    isOwner: options.isOwner,
  });
}

const actions: Readonly<Record<string, (address: string, args: readonly string[]) => Promise<void>>> = {
  /** Owns the store until it is killed. */
  own: async (address, [joinAddress]) => {
    const store = await open(address, { isOwner: true });
    if (joinAddress !== undefined) await store.announce({ joinAddress });
    say('open');
    await forEver();
  },

  /** Opens and closes as the owner. */
  open: async (address) => {
    const store = await open(address, { isOwner: true });
    say(`applied ${store.opened.appliedSteps.length}`);
    await store.close();
  },

  /** Leaves a transaction half done. */
  half: async (address) => {
    const store = await open(address, { isOwner: true });
    await store.transaction<Tally, void>(async (trx) => {
      await trx.insertInto('tally').values({ id: 'half', by: me }).execute();
      await store.audit.append(trx, {
        actor: me,
        operation: 'half',
        phase: 'done',
        operationId: me,
        input: {},
      });
      await store.changes.note(trx, 'tally', 'half');
      say('half');
      await forEver();
    });
  },

  /** Leaves a schema step half done. */
  migrate: async (address) => {
    const stuck: SchemaStep = {
      id: '20260102T0000-stuck',
      up: async (to) => {
        await to.run(
          'create table stuck (id text primary key)',
          "insert into tally (id, by) values ('stuck', 'step')",
        );
        say('half');
        await forEver();
      },
    };
    await open(address, { isOwner: true, schema: [tallySchema, stuck] });
  },

  /** Appends audit rows, one per transaction. */
  audit: async (address, [count]) => {
    const store = await open(address, { isOwner: address.startsWith('postgres') });
    say('ready');
    for (let turn = 0; turn < Number(count); turn += 1) {
      await store.transaction(
        async (trx) =>
          await store.audit.append(trx, {
            actor: me,
            operation: 'race',
            phase: 'done',
            operationId: `${me}-${turn}`,
            input: { turn },
          }),
        { repeatable: true },
      );
      say(`wrote ${turn}`);
    }
    await store.close();
  },

  /** Runs commands under keys that others run too. */
  command: async (address, [count]) => {
    const store = await open(address, { isOwner: address.startsWith('postgres') });
    say('ready');
    for (let turn = 0; turn < Number(count); turn += 1) {
      const key = `key-${turn}`;
      const result = await store.transaction<Tally, unknown>(
        async (trx) => {
          const claimed = await store.outcomes.claim(trx, {
            key,
            operation: 'tally',
            inputHash: 'same',
            holder: me,
          });
          if (claimed.state === 'done') return claimed.result;
          if (claimed.state !== 'fresh') throw new Error(claimed.state);
          await trx.insertInto('tally').values({ id: key, by: me }).execute();
          await store.outcomes.finish(trx, key, me, me);
          return me;
        },
        { repeatable: true },
      );
      say(`result ${key} ${String(result)}`);
    }
    await store.close();
  },

  /** Does a duty until it is killed: each turn writes under the guard. */
  duty: async (address, [priority]) => {
    const store = await open(address, { isOwner: address.startsWith('postgres') });
    say('ready');
    await holdDuty({
      store,
      name: 'tally',
      holder: me,
      ttlMs: 3000,
      priority: Number(priority),
      signal: new AbortController().signal,
      run: async (grant) => {
        say(`holds ${grant.token}`);
        for (let turn = 0; !grant.signal.aborted; turn += 1) {
          await store.transaction<Tally, void>(
            async (trx) => {
              await grant.guard(trx);
              await trx
                .insertInto('tally')
                .values({ id: `${grant.token}-${turn}`, by: me })
                .execute();
            },
            { repeatable: true },
          );
          await sleep(5);
        }
        say(`gave up ${grant.token}`);
      },
    });
  },

  backup: async (address, [file]) => {
    say('begins');
    const made = await backupStore(address, file ?? '');
    say(`made ${made.sha256}`);
  },
};

if (process.argv[1] === import.meta.filename) {
  const [action = '', address = '', ...args] = process.argv.slice(2);
  const act = actions[action];
  if (act === undefined) throw new Error(`There is no action ${action}.`);
  await act(address, args);
}
