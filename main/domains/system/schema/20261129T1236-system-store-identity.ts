import { randomUUID } from 'node:crypto';
import type { SchemaStep } from '../../../platform/store/schema-step.ts';

interface Tables {
  readonly setting: { name: string; value: string };
}

/** A console that is shown one store must notice when another answers under the same name. */
export const systemStoreIdentity: SchemaStep = {
  id: '20261129T1236-system-store-identity',
  up: async (to) => {
    await to
      .tables<Tables>()
      .insertInto('setting')
      .values({ name: 'store-identity', value: JSON.stringify(randomUUID()) })
      .execute();
  },
};
