import { expect, test } from 'vitest';
import { callOperation, type CallResult } from '../../app/engine/call-operation.ts';
import { actor, engineForTest, schemaForEngineTest } from '../../testing/engine-for-test.ts';
import { describeOnBothStores } from '../../testing/store-for-test.ts';

const seen = { name: 'Anna', role: 'observer', active: true };

describeOnBothStores('a person and the environment, edited by two', ({ openStoreForTest }) => {
  async function room() {
    const engine = engineForTest(await openStoreForTest(schemaForEngineTest));
    const call = async (op: string, input: unknown): Promise<CallResult> =>
      await callOperation(engine, { op, input, actor: actor(), signal: engine.stopping });
    const save = async (person: object): Promise<CallResult> =>
      await call('access.personSave', { login: 'anna', ...seen, ...person });
    return { call, save };
  }

  test('both keep what they changed', async () => {
    const { save } = await room();
    expect(await save({ before: null })).toMatchObject({ ok: true });
    expect(await save({ role: 'accountant', before: seen })).toMatchObject({ ok: true });
    expect(await save({ name: 'Anna K.', before: seen })).toMatchObject({
      ok: true,
      value: { name: 'Anna K.', role: 'accountant' },
    });
  });

  test('a role taken away is not given back by who did not see it', async () => {
    const { save } = await room();
    await save({ role: 'sysadmin' });
    const sysadmin = { ...seen, role: 'sysadmin' };
    expect(await save({ role: 'observer', before: sysadmin })).toMatchObject({ ok: true });
    expect(await save({ role: 'accountant', before: sysadmin })).toMatchObject({
      error: { code: 'changed-meanwhile', facts: { fields: 'role' } },
    });
    expect(await save({ ...sysadmin, active: false, before: sysadmin })).toMatchObject({
      value: { role: 'observer', active: false },
    });
  });

  test('whoever is added anew and is here already keeps their role', async () => {
    const { save } = await room();
    await save({ role: 'administrator', before: null });
    expect(await save({ before: null })).toMatchObject({
      error: { code: 'person-exists', sentence: 'anna is here already, as Anna: change that one instead.' },
    });
  });

  test('the environment, also where nobody has named it yet', async () => {
    const { call } = await room();
    const unnamed = { name: 'Production', colour: 'plum' };
    const save = async (change: object): Promise<CallResult> =>
      await call('system.environmentSave', { ...unnamed, ...change, before: unnamed });
    expect(await save({ name: 'Warsaw' })).toMatchObject({ ok: true });
    expect(await save({ colour: 'amber' })).toMatchObject({ ok: true });
    expect(await save({ name: 'Kraków' })).toMatchObject({
      error: { code: 'changed-meanwhile', facts: { fields: 'name' } },
    });
    const environment = { name: 'Warsaw', colour: 'amber' };
    expect(await call('system.about', {})).toMatchObject({ value: { environment } });
  });
});
