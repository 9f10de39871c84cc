import { CompiledQuery, sql, type Compilable, type Kysely } from 'kysely';
import { expect, test } from 'vitest';
import { VM_FIELDS } from '../../../../shared/domains/fleet/vm-fields.ts';
import type { ListFieldKind } from '../../../../shared/kernel/list-fields.ts';
import { fleetTestSchema } from '../../../testing/fleet-for-test.ts';
import { describeOnBothStores } from '../../../testing/store-for-test.ts';
import { listQueryFilter } from '../../../platform/paging/list-query-filter.ts';
import type { Store } from '../../../platform/store/store.ts';
import { vmListFields, vmSortKeys, type VmListTables } from './vm-list.ts';

/** A value of each kind; a field with values of its own is asked for its last. */
const SAMPLES: Readonly<Record<ListFieldKind, string>> = {
  text: 'acme',
  word: 'acme',
  words: 'acme',
  number: '4',
  bytes: '4GiB',
  instant: '-7d',
  age: '7d',
};

/** Sorts that need no other rows read than those of the page; what changes at every look at a host is in no index. */
const SORT_INDEXES: Partial<Record<keyof typeof vmSortKeys, string>> = {
  name: 'vm_by_search',
  state: 'vm_by_state',
  host: 'vm_by_host_name',
  customer: 'vm_by_customer_folded',
  memory: 'vm_by_memory',
};

const fields = Object.keys(VM_FIELDS) as (keyof typeof VM_FIELDS)[];

/** How the database would find it, were reading the whole table out of the question. */
async function planOf(store: Store, build: (db: Kysely<VmListTables>) => Compilable): Promise<string> {
  return await store.transaction<VmListTables, string>(async (trx) => {
    if (store.kind === 'postgres') await sql`set local enable_seqscan = off`.execute(trx);
    const { sql: text, parameters } = build(trx).compile();
    const asked = `${store.kind === 'sqlite' ? 'explain query plan' : 'explain'} ${text}`;
    const { rows } = await trx.executeQuery<Record<string, unknown>>(
      CompiledQuery.raw(asked, [...parameters]),
    );
    return rows.map((row) => String(row['detail'] ?? row['QUERY PLAN'])).join('\n');
  });
}

/** The index a plan goes through, as far as it tells; on PostgreSQL, of small tables, any that will do. */
function isServed(store: Store, plan: string, index: string | undefined): boolean {
  if (index === undefined) return true;
  return store.kind === 'sqlite' ? plan.includes(index) : /Index/.test(plan) && !/Seq Scan on vm/.test(plan);
}

describeOnBothStores('indexes of the list of VMs', ({ openStoreForTest }) => {
  test('every field is understood, and what it equals is found by the index it names', async () => {
    const store = await openStoreForTest(fleetTestSchema);
    for (const name of fields) {
      const { kind, ...declared } = VM_FIELDS[name];
      const value = ('values' in declared ? declared.values.at(-1) : undefined) ?? SAMPLES[kind];
      const operator = kind === 'instant' || kind === 'age' ? '>' : '=';
      const filter = listQueryFilter(`${name}${operator}${value}`, vmListFields, Date.now());
      const count = (db: Kysely<VmListTables>) =>
        db
          .selectFrom('vm')
          .where(filter!)
          .select(sql<number>`count(*)`.as('count'));
      expect(await count(store.tables<VmListTables>()).execute(), name).toHaveLength(1);
      const plan = await planOf(store, count);
      expect({ name, plan, served: isServed(store, plan, vmListFields.fields[name].index) }).toMatchObject({
        served: true,
      });
    }
  });

  test('what can be sorted without reading all rows is read in the order of its index', async () => {
    const store = await openStoreForTest(fleetTestSchema);
    for (const [name, index] of Object.entries(SORT_INDEXES)) {
      const key = vmSortKeys[name as keyof typeof vmSortKeys];
      const plan = await planOf(store, (db) =>
        db
          .selectFrom('vm')
          .select('id')
          .orderBy(sql`${key}`)
          .orderBy('id')
          .limit(101),
      );
      expect({ name, plan, served: plan.includes(index) }).toMatchObject({ served: true });
    }
  });
});
