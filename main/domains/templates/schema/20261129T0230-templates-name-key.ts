import type { SchemaStep } from '../../../platform/store/schema-step.ts';

interface Templates {
  template: { id: string; name: string; name_key: string; state: string; created_at_ms: number };
}

/** Names are unique without regard to case. Of templates that clash the oldest keeps its name, the others get a number. */
export const templatesNameKey: SchemaStep = {
  id: '20261129T0230-templates-name-key',
  up: async (to) => {
    await to.run(
      "alter table template add column name_key text not null default ''",
      'drop index template_by_name',
    );
    const db = to.tables<Templates>();
    const rows = await db
      .selectFrom('template')
      .select(['id', 'name', 'state'])
      .orderBy('created_at_ms')
      .orderBy('id')
      .execute();
    const kept = rows.filter((row) => row.state !== 'failed');
    const asTheyAre = new Set(kept.map((row) => keyOf(row.name)));
    const taken = new Set<string>();
    for (const { id, name, state } of rows) {
      const isFree = state === 'failed' || !taken.has(keyOf(name));
      const free = isFree
        ? name
        : numbered(name, (one) => taken.has(keyOf(one)) || asTheyAre.has(keyOf(one)));
      if (state !== 'failed') taken.add(keyOf(free));
      const change = { name: free, name_key: keyOf(free) };
      await db.updateTable('template').set(change).where('id', '=', id).execute();
    }
    // A failed import does not keep its name.
    await to.run("create unique index template_by_name_key on template (name_key) where state <> 'failed'");
  },
};

function keyOf(name: string): string {
  return name.normalize('NFC').toLowerCase();
}

/** At most as long as a name may be. */
function numbered(name: string, isTaken: (name: string) => boolean): string {
  for (let number = 2; ; number += 1) {
    const tail = ` (${number})`;
    const tried = name.slice(0, 80 - tail.length) + tail;
    if (!isTaken(tried)) return tried;
  }
}
