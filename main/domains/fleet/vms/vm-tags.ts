import type { Kysely } from 'kysely';
import { foldText } from '../../../../shared/kernel/fold-text.ts';
import type { FleetTables } from '../fleet-tables.ts';
import { vmHas } from './vm-search.ts';

/** Tags with this text in them, those most used first. Many VMs have the same tags together: these are read once. */
export async function vmTags(
  db: Kysely<FleetTables>,
  asked: { readonly text: string; readonly limit: number },
): Promise<{ readonly tag: string; readonly vms: number }[]> {
  const rows = await db
    .selectFrom('vm')
    .select(({ fn }) => ['tags', fn.countAll<number>().as('vms')])
    .where('tags', '<>', '[]')
    .where(vmHas(asked.text))
    .groupBy('tags')
    .execute();
  const text = foldText(asked.text);
  const counts = new Map<string, number>();
  for (const { tags, vms } of rows) {
    for (const tag of JSON.parse(tags) as string[])
      if (foldText(tag).includes(text)) counts.set(tag, (counts.get(tag) ?? 0) + Number(vms));
  }
  return [...counts]
    .map(([tag, vms]) => ({ tag, vms }))
    .toSorted((a, b) => b.vms - a.vms || (a.tag < b.tag ? -1 : 1))
    .slice(0, asked.limit);
}
