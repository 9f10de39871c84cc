import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { provisioningRow } from '../../domains/fleet/vms/vm-provisioning-store.ts';
import type { VmListTables } from '../../domains/fleet/vms/vm-list.ts';
import { insertVms } from '../../domains/fleet/vms/vm-store.ts';
import { openStore } from '../../platform/store/store-open.ts';
import { hostRowForTest } from '../../testing/host-row.ts';
import { programForTest, type ProgramForTest } from '../../testing/program-for-test.ts';
import { describeOnPostgres, testProgram } from '../../testing/store-for-test.ts';
import { allSchema } from '../all-schema.ts';

const GIB = 1024 ** 3;
// Each command is a process of its own; on a busy machine one takes seconds.
const PATIENCE = { timeout: 240_000 };

let program: ProgramForTest;
afterEach(async () => await program.close());

/** VMs by name and vCPUs on one host of the store at this address. */
async function fill(address: string, vms: Readonly<Record<string, number>>): Promise<void> {
  const store = await openStore({ address, schema: allSchema, program: testProgram });
  const host = { ...hostRowForTest('hv1', 0) };
  await store.tables<VmListTables>().insertInto('host').values(host).execute();
  const rows = Object.entries(vms).map(([name, vcpus]) =>
    provisioningRow(
      {
        vmId: `vm_${name}`,
        uuid: `uuid-${name}`,
        hostId: host.id,
        name,
        customerId: null,
        templateId: 'tpl_1',
        os: '',
        tags: [],
        vcpus,
        memoryBytes: GIB,
        diskBytes: GIB,
      },
      1,
    ),
  );
  await store.transaction(async (trx) => await insertVms(trx, store, rows));
  await store.close();
}

/** A program whose settings file names these installations. */
function programOf(installations: Readonly<Record<string, string>>): ProgramForTest {
  const made = programForTest({ environment: { INNKEEPER_STORE: '' } });
  const folder = join(made.home, '.config/innkeeper');
  mkdirSync(folder, { recursive: true });
  const list = Object.entries(installations).map(([name, store]) => ({ name, store }));
  writeFileSync(join(folder, 'settings.json'), JSON.stringify({ installations: list }));
  return made;
}

const linesOf = (stdout: string): unknown[][] =>
  stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .map((vm) => [vm['installation'], vm['name'], vm['vcpus']]);

describeOnPostgres('VMs on the command line, of an embedded store and a team’s', ({ newAddress }) => {
  test('of one installation, of all in one order, and of those that answer', PATIENCE, async () => {
    const brno = await newAddress(allSchema);
    const folder = programForTest();
    const prague = folder.store;
    await fill(prague, { alpha: 4, delta: 1 });
    await fill(brno, { beta: 2, gamma: 8 });
    program = programOf({ prague, brno });
    const one = await program.here('vms', '--installation', 'brno');
    expect([one.code, linesOf(one.stdout)]).toEqual([
      0,
      [
        ['brno', 'beta', 2],
        ['brno', 'gamma', 8],
      ],
    ]);
    const all = await program.run('vms', 'vcpus>1', '--everywhere', '--sort=-vcpus', '--limit', '2');
    expect([all.code, linesOf(all.stdout)]).toEqual([
      0,
      [
        ['brno', 'gamma', 8],
        ['prague', 'alpha', 4],
      ],
    ]);
    const unclear = await program.here('vms', 'vcpus>', '--everywhere');
    expect([unclear.code, unclear.stdout]).toEqual([2, '']);
    await program.close();
    program = programOf({ prague, away: 'postgres://ik:hunter2@127.0.0.1:1/none', brno });
    const some = await program.here('vms', '--everywhere');
    expect([some.code, linesOf(some.stdout).map(([, name]) => name)]).toEqual([
      4,
      ['alpha', 'beta', 'delta', 'gamma'],
    ]);
    expect(some.stderr).toMatch(/^away did not answer: /m);
    expect(some.stderr).not.toContain('hunter2');
    const list = await program.here('installations');
    expect(list.stdout).toMatch(/^\* prague +sqlite:.*\n {2}away +postgres:\/\/ik:\*\*\*@.*\n {2}brno /);
    await folder.close();
  });
});

test('words that cannot be used are refused', PATIENCE, async () => {
  program = programForTest();
  const table: [string[], RegExp][] = [
    [['vms', '--everywhere'], /the settings name no installations/],
    [['vms', '--sort', 'colour'], /--sort takes one of name, state/],
    [['vms', '--limit', 'many'], /--limit takes a whole number from 1, not "many"/],
    [['vms', '--installation', 'brno'], /There is no installation "brno"/],
  ];
  for (const [words, stderr] of table) {
    const answer = await program.here(...words);
    expect([words.join(' '), answer.code, answer.stdout]).toEqual([words.join(' '), 2, '']);
    expect(answer.stderr).toMatch(stderr);
  }
});
