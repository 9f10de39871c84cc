import { afterAll, afterEach, beforeEach, expect, test } from 'vitest';
import type { SavedFields } from '../../../shared/domains/queries/queries-contract.ts';
import { BUILT_IN, builtInId } from '../../../shared/domains/queries/query-rules.ts';
import { closePressForTest } from '../../testing/billing-room.ts';
import { twoDomainsRooms, type DomainsRoom } from '../../testing/domains-room.ts';
import { actor } from '../../testing/engine-for-test.ts';
import { hostRowForTest } from '../../testing/host-row.ts';
import type { Actor } from '../../platform/calls/call-context.ts';
import { whileOpen } from '../../testing/two-at-once.ts';
import { describeOnBothStores } from '../../testing/store-for-test.ts';
import { noFacts } from '../fleet/hosts/host-store.ts';
import type { FleetTables } from '../fleet/fleet-tables.ts';
import { provisioningRow } from '../fleet/vms/vm-provisioning-store.ts';
import { insertVms } from '../fleet/vms/vm-store.ts';

const anna: Actor = { ...actor('sysadmin'), login: 'anna' };
const ben: Actor = { ...actor('observer'), login: 'ben' };
const crashed: SavedFields = { name: 'Crashed now', query: 'state:crashed', sort: '-cpu', shared: false };

afterAll(closePressForTest);

describeOnBothStores('saved queries', (stores) => {
  let one: DomainsRoom;
  let two: DomainsRoom;
  beforeEach(async () => {
    [one, two] = await twoDomainsRooms(stores);
  });
  afterEach(async () => {
    await one.close();
    await two.close();
  });

  async function save(fields: Partial<SavedFields> & { id?: string; before?: SavedFields }, as = anna) {
    return await one.call('queries.savedQuerySave', { list: 'vms', ...crashed, ...fields }, as);
  }
  async function made(fields: Partial<SavedFields> = {}, as = anna): Promise<string> {
    const saved = await save(fields, as);
    if (typeof saved === 'string') throw new Error(saved);
    return saved.id;
  }
  async function seen(as: Actor) {
    const answer = await two.call('queries.savedQueryList', { list: 'vms' }, as);
    if (typeof answer === 'string') throw new Error(answer);
    return { ...answer, own: answer.rows.filter((row) => row.owner !== '').map((row) => row.name) };
  }

  test('one’s own are seen by nobody else, those that are shared by all', async () => {
    await made();
    await made({ name: 'For all', shared: true });
    expect((await seen(anna)).own).toEqual(['For all', 'Crashed now']);
    expect((await seen(ben)).own).toEqual(['For all']);
    expect((await seen(ben)).rows[0]).toMatchObject({ id: builtInId('vms-running'), owner: '', mine: false });
  });

  test('a name is one among the shared and among one’s own, whatever its letters', async () => {
    await made({ name: 'Żółte' });
    expect(await save({ name: 'zolte' })).toBe('name-taken');
    expect(await save({ name: 'zolte', shared: true })).toMatchObject({ id: expect.any(String) as string });
    expect(await made({ name: 'Zolte' }, ben)).toBeTypeOf('string');
    const id = await made({ name: 'Other' });
    expect(await save({ id, name: 'ŻÓŁTE' })).toBe('name-taken');
  });

  test('edits of two are brought together, and where both changed the same the second is told', async () => {
    const id = await made({ shared: true });
    const before = { ...crashed, shared: true };
    expect(await save({ id, before, shared: true, name: 'Down' })).toEqual({ id });
    expect(await save({ id, before, shared: true, query: 'state:crashed,paused' })).toEqual({ id });
    expect((await seen(ben)).rows.at(-1)).toMatchObject({ name: 'Down', query: 'state:crashed,paused' });
    expect(await save({ id, before, shared: true, name: 'Fallen' })).toBe('changed-meanwhile');
  });

  test('who did not save it does not change it, and need not know of it', async () => {
    const shared = await made({ shared: true });
    const own = await made({ name: 'Mine' });
    const administrator = actor();
    for (const call of ['queries.savedQueryRemove', 'queries.savedQueryRestore'] as const) {
      expect(await two.call(call, { id: shared }, ben)).toBe('not-yours');
      expect(await two.call(call, { id: own }, administrator)).toBe('no-such-query');
    }
    expect(await two.call('queries.savedQueryRemove', { id: shared }, administrator)).toEqual({});
  });

  test('what was removed comes back, unless its name was given away', async () => {
    const id = await made();
    expect(await two.call('queries.savedQueryRemove', { id }, anna)).toEqual({});
    expect(await two.call('queries.savedQueryRemove', { id }, anna)).toEqual({});
    expect((await seen(anna)).own).toEqual([]);
    expect(await two.call('queries.savedQueryRestore', { id }, anna)).toEqual({});
    expect((await seen(anna)).own).toEqual(['Crashed now']);
    await two.call('queries.savedQueryRemove', { id }, anna);
    await made();
    expect(await two.call('queries.savedQueryRestore', { id }, anna)).toBe('name-taken');
  });

  test('two give the same name at the same time: the second is told that it is taken', async () => {
    const first = await made({ name: 'One', shared: true }, actor());
    const second = await made({ name: 'Two', shared: true }, actor());
    const third = await made({ name: 'Three', shared: true }, actor());
    await two.call('queries.savedQueryRemove', { id: third });
    const renamed = (id: string, name: string) => ({
      list: 'vms' as const,
      ...crashed,
      id,
      name,
      shared: true,
    });
    const { savedQuerySave } = one.handlers.queries;
    const cases: readonly (readonly [string, () => Promise<unknown>])[] = [
      ['Same', async () => await two.call('queries.savedQuerySave', renamed(second, 'SAME'))],
      ['Three', async () => await two.call('queries.savedQueryRestore', { id: third })],
    ];
    for (const [given, asked] of cases) {
      const answers = await whileOpen(
        one.store,
        async (trx) => await savedQuerySave(renamed(first, given), one.context(trx)),
        asked,
      );
      expect(answers, given).toEqual([{ ok: true, value: { id: first } }, 'name-taken']);
    }
  });

  test('a list opens with what each person chose for it', async () => {
    const id = builtInId('vms-crashed');
    expect(await one.call('queries.savedQueryDefault', { list: 'vms', id }, anna)).toEqual({});
    expect((await seen(anna)).defaults).toEqual({ vms: id });
    expect((await seen(ben)).defaults).toEqual({});
    const own = await made();
    expect(await one.call('queries.savedQueryDefault', { list: 'vms', id: own }, ben)).toBe('no-such-query');
    expect(await one.call('queries.savedQueryDefault', { list: 'vms', id: own }, anna)).toEqual({});
    expect((await seen(anna)).defaults).toEqual({ vms: own });
    await one.call('queries.savedQueryDefault', { list: 'vms', id: null }, anna);
    expect((await seen(anna)).defaults).toEqual({});
  });

  test('what the overview counts is what its list finds', async () => {
    const problem = (code: 'clock-off' | 'pool-nearly-full') => ({ code, sentence: '' });
    const facts = [
      [],
      [problem('clock-off')],
      [problem('pool-nearly-full')],
      [problem('clock-off'), problem('pool-nearly-full')],
    ];
    await one.store
      .tables<FleetTables>()
      .insertInto('host')
      .values(
        facts.map((problemList, n) => ({
          ...hostRowForTest(`hv${n}`, Date.now()),
          facts: JSON.stringify({ ...noFacts, problemList }),
          problems: problemList.length,
          state: n === 3 ? 'unreachable' : 'connected',
        })),
      )
      .execute();
    const size = { vcpus: 1, memoryBytes: 2 ** 30, diskBytes: 2 ** 30 };
    await one.store.transaction(async (trx) => {
      const vms = Array.from({ length: 5 }, (_, n) => {
        const named = { vmId: `vm_${n}`, uuid: `${n}`, hostId: 'hv0', name: `vm${n}`, templateId: 'tpl_1' };
        return {
          ...provisioningRow({ ...named, ...size, customerId: null, os: '', tags: [] }, 0),
          state: n === 0 ? 'running' : 'crashed',
        };
      });
      await insertVms(trx, one.store, vms);
    });
    const overview = await one.call('system.overview', {});
    if (typeof overview === 'string') throw new Error(overview);
    const counted = overview.exceptions.filter(({ list }) => list === 'hosts' || list === 'vms');
    expect(Object.fromEntries(counted.map(({ key, count }) => [key, count]))).toEqual({
      'hosts-unreachable': 1,
      'vms-crashed': 4,
      'hosts-with-problems': 2,
      'pools-nearly-full': 2,
    });
    for (const { key, list, query, count, detail } of counted) {
      const call = list === 'vms' ? 'fleet.vmList' : 'fleet.hostList';
      expect(BUILT_IN[key as keyof typeof BUILT_IN].query).toBe(query);
      expect(await two.call(call, { query })).toMatchObject({ total: count });
      if (key === 'vms-crashed') expect(detail).toBe('vm1; vm2; vm3 and 1 more');
    }
  });
});
