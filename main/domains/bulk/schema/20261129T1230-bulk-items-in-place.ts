import type { SchemaStep } from '../../../platform/store/schema-step.ts';

/**
 * An item changes its state once or twice, and with it an entry of every index that has the state. The items of one bulk action are
 * read by its key in a few milliseconds, so nothing needs such an index; without it PostgreSQL writes the new row beside the old one
 * (HOT updates), for which there is room.
 */
export const bulkItemsInPlace: SchemaStep = {
  id: '20261129T1230-bulk-items-in-place',
  async up(to) {
    await to.run('drop index bulk_item_by_state');
    if (to.kind === 'postgres') await to.run('alter table bulk_item set (fillfactor = 60)');
  },
};
