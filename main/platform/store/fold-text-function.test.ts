import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { FOLDED_TO_ONE, FOLDED_TO_SEVERAL, foldText } from '../../../shared/kernel/fold-text.ts';
import { describeOnBothStores } from '../../testing/store-for-test.ts';

describeOnBothStores('text in the store as it is searched', ({ openStoreForTest }) => {
  test.each([
    ['letters that become one', [...FOLDED_TO_ONE.keys()].join('')],
    ['letters that become several', [...FOLDED_TO_SEVERAL.keys()].join('|')],
    ['ASCII', 'Acme-DB "01" \\ %_'],
    ['what is folded by nobody', '名前 🚀 ÷×'],
    ['nothing', ''],
  ])('is what the kernel makes of it: %s', async (_what, text) => {
    const store = await openStoreForTest([]);
    const made = sql<{ folded: string }>`select fold_text(cast(${text} as text)) as folded`;
    expect((await made.execute(store.tables())).rows).toEqual([{ folded: foldText(text) }]);
  });
});
