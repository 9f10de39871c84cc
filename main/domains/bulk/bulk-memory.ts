import type { StoreKind } from '../../platform/store/store.ts';
import { textList } from '../../platform/store/update-many.ts';
import type { BulkTrx } from './bulk-action.ts';

/** Previews of this engine that may still be approved: 56,000 ids are two megabytes. */
const KEPT = 8;
const NAMED = 5;

/**
 * The sets of the latest previews, by digest. Only to say what is different when an approval comes too late: without it (another
 * engine, a restart) the refusal names the numbers alone.
 */
export class BulkMemory {
  readonly #kept = new Map<string, string>();

  keep(digest: string, ids: string): void {
    this.#kept.delete(digest);
    this.#kept.set(digest, ids);
    const oldest = this.#kept.keys().next();
    if (this.#kept.size > KEPT && oldest.done !== true) this.#kept.delete(oldest.value);
  }

  idsOf(digest: string): string | undefined {
    return this.#kept.get(digest);
  }
}

/** `2 more: acct-1, acct-2; 1 less: acct-9`. */
export async function differenceWords(
  db: BulkTrx,
  kind: StoreKind,
  before: string | undefined,
  now: string,
): Promise<string> {
  if (before === undefined) return 'which ones is not known here';
  const [were, are] = [setOf(before), setOf(now)];
  const more = [...are].filter((id) => !were.has(id));
  const less = [...were].filter((id) => !are.has(id));
  const parts = [
    more.length === 0 ? '' : `${more.length} more: ${await named(db, kind, more)}`,
    less.length === 0 ? '' : `${less.length} less: ${await named(db, kind, less)}`,
  ];
  return parts.filter(Boolean).join('; ');
}

function setOf(ids: string): ReadonlySet<string> {
  return new Set(ids === '' ? [] : ids.split(','));
}

async function named(db: BulkTrx, kind: StoreKind, ids: readonly string[]): Promise<string> {
  const some = ids.slice(0, NAMED);
  const rows = await db
    .selectFrom('vm')
    .select(['vm.id', 'vm.name'])
    .where('vm.id', 'in', textList(kind, some))
    .execute();
  const names = new Map(rows.map((row) => [row.id, row.name]));
  const words = some.map((id) => names.get(id) ?? 'one that is gone').join(', ');
  return ids.length > NAMED ? `${words} …` : words;
}
