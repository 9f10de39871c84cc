import type { SchemaStep } from '../../../platform/store/schema-step.ts';

export const systemSetting: SchemaStep = {
  id: '20261122T1001-system-setting',
  up: async (to) => {
    await to.run('create table setting (name text primary key, value text not null)');
  },
};
