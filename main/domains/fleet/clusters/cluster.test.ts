import { afterEach, beforeEach, expect, test } from 'vitest';
import { clusterFields } from '../../../../shared/domains/fleet/cluster-contract.ts';
import { fleetForTest, fleetTestSchema, type FleetForTest } from '../../../testing/fleet-for-test.ts';
import { hostRowForTest } from '../../../testing/host-row.ts';
import { describeOnBothStores } from '../../../testing/store-for-test.ts';
import { FIRST_CLUSTER_ID } from './cluster-store.ts';

const GIB = 1024 ** 3;

describeOnBothStores('clusters', ({ openStoreForTest }) => {
  let fleet: FleetForTest;

  beforeEach(async () => {
    fleet = fleetForTest(await openStoreForTest(fleetTestSchema));
  });
  afterEach(async () => await fleet.close());

  const addHosts = async (...names: string[]): Promise<void> => {
    await fleet.tables
      .insertInto('host')
      .values(
        names.map((name) => ({ ...hostRowForTest(name), vms: 2, vms_running: 1, memory_sold_bytes: GIB })),
      )
      .execute();
  };
  const create = async (name: string): Promise<string> => {
    const made = await fleet.call('clusterCreate', { name, site: 'Praha' });
    if (!made.ok) throw new Error(made.code);
    return made.value.clusterId;
  };
  const list = async (query = '') => {
    const found = await fleet.call('clusterList', { query });
    return found.ok ? found.value.rows.map((row) => `${row.name}: ${row.hosts} hosts, ${row.vms} VMs`) : [];
  };

  test('every store has one from the start, and the hosts of before are in it', async () => {
    await addHosts('hv1', 'hv2');
    expect(await list()).toEqual(['Main: 2 hosts, 4 VMs']);
    expect(await fleet.call('clusterGet', { clusterId: FIRST_CLUSTER_ID })).toMatchObject({
      value: { hostsConnected: 2, vmsRunning: 2, cpuCount: 16, memorySoldBytes: 2 * GIB, policy: 'spread' },
    });
    expect(await fleet.call('hostGet', { hostId: 'hv1' })).toMatchObject({
      value: { cluster: 'Main', clusterId: FIRST_CLUSTER_ID, labels: [] },
    });
  });

  test('hosts move between clusters, all or none, and are found by the name of theirs', async () => {
    await addHosts('hv1', 'hv2', 'hv3');
    const praha = await create('Praha');
    expect(
      await fleet.call('hostMoveToCluster', { hostIds: ['hv1', 'hv9'], clusterId: praha }),
    ).toMatchObject({
      code: 'no-such-host',
      facts: { hostId: 'hv9' },
    });
    expect(await list()).toEqual(['Main: 3 hosts, 6 VMs', 'Praha: 0 hosts, 0 VMs']);
    const move = { hostIds: ['hv1', 'hv2'], clusterId: praha };
    expect(await fleet.call('hostMoveToCluster', move)).toEqual({
      ok: true,
      value: { moved: 2, alreadyThere: 0 },
    });
    expect(await fleet.call('hostMoveToCluster', move)).toEqual({
      ok: true,
      value: { moved: 0, alreadyThere: 2 },
    });
    expect(await list()).toEqual(['Main: 1 hosts, 2 VMs', 'Praha: 2 hosts, 4 VMs']);
    expect(await list('hosts>1')).toEqual(['Praha: 2 hosts, 4 VMs']);
    const hosts = await fleet.call('hostList', { query: 'cluster:Praha', sort: 'cluster' });
    expect(hosts).toMatchObject({ value: { total: 2, rows: [{ name: 'hv1' }, { name: 'hv2' }] } });
    expect(await fleet.call('vmList', { query: 'cluster:Praha' })).toMatchObject({ value: { total: 0 } });
    expect(await fleet.call('hostMoveToCluster', { ...move, clusterId: 'cluster_9' })).toMatchObject({
      code: 'no-such-cluster',
    });
  });

  test('a host for one that is not there is refused before anybody dials it', async () => {
    // An address that can never be reached (RFC 5737): dialling it would say so, after its time.
    const door = { address: '192.0.2.1', auth: { kind: 'agent' as const }, clusterId: 'cluster_9' };
    expect(await fleet.call('hostAdd', door)).toMatchObject({
      code: 'no-such-cluster',
      facts: { clusterId: 'cluster_9' },
    });
  });

  test('one with hosts stays, and so does the last one', async () => {
    await addHosts('hv1');
    expect(await fleet.call('clusterRemove', { clusterId: FIRST_CLUSTER_ID })).toMatchObject({
      code: 'last-cluster',
    });
    const praha = await create('Praha');
    expect(await fleet.call('clusterRemove', { clusterId: FIRST_CLUSTER_ID })).toMatchObject({
      code: 'cluster-has-hosts',
      facts: { count: 1, name: 'Main' },
    });
    await fleet.call('hostMoveToCluster', { hostIds: ['hv1'], clusterId: praha });
    expect(await fleet.call('clusterRemove', { clusterId: FIRST_CLUSTER_ID })).toMatchObject({ ok: true });
    expect(await list()).toEqual(['Praha: 1 hosts, 2 VMs']);
  });

  test('names are unique without regard to case; two edits are brought together or refused', async () => {
    const praha = await create('Praha');
    expect(await fleet.call('clusterCreate', { name: 'PRAHA' })).toMatchObject({ code: 'name-taken' });
    const before = clusterFields.parse({ name: 'Praha', site: 'Praha' });
    const save = async (mine: Partial<typeof before>) =>
      await fleet.call('clusterSave', { clusterId: praha, before, ...before, ...mine });
    expect(await save({ policy: 'pack', cpuOvercommit: 3.5 })).toMatchObject({ ok: true });
    expect(await save({ windows: [{ days: ['sun'], from: '01:00', until: '05:00' }] })).toMatchObject({
      ok: true,
    });
    expect(await save({ policy: 'pack', cpuOvercommit: 5 })).toMatchObject({
      code: 'changed-meanwhile',
      facts: { name: 'Praha', fields: 'cpuOvercommit' },
    });
    expect(await save({ name: 'main' })).toMatchObject({ code: 'name-taken' });
    expect(await fleet.call('clusterGet', { clusterId: praha })).toMatchObject({
      value: { policy: 'pack', cpuOvercommit: 3.5, window: { isOpen: expect.any(Boolean) as boolean } },
    });
  });

  test('labels are set on many hosts and found', async () => {
    await addHosts('hv1', 'hv2', 'hv3');
    expect(await fleet.call('hostLabel', { hostIds: ['hv1', 'hv2'], add: ['SSD', 'gpu'] })).toMatchObject({
      value: { changed: 2 },
    });
    expect(await fleet.call('hostLabel', { hostIds: ['hv1', 'hv3'], remove: ['gpu'] })).toMatchObject({
      value: { changed: 1 },
    });
    const names = async (query: string) => {
      const found = await fleet.call('hostList', { query });
      return found.ok ? found.value.rows.map(({ name, labels }) => `${name} ${labels.join('+')}`) : [];
    };
    expect(await names('label:ssd')).toEqual(['hv1 ssd', 'hv2 gpu+ssd']);
    expect(await names('-has:label')).toEqual(['hv3 ']);
  });
});
