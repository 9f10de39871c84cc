import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, expect, inject, onTestFinished, test, vi } from 'vitest';
import { allOperations } from '../../../shared/contract/contract.ts';
import { describeOnBothStores } from '../../testing/store-for-test.ts';
import { monthly, owes, planOf, story, subscribe } from '../../testing/billing-story.ts';
import { makeQuickFolder } from '../../testing/quick-folder.ts';
import { programForTest, type ProgramAnswer, type ProgramForTest } from '../../testing/program-for-test.ts';
import { allSchema } from '../all-schema.ts';

let program: ProgramForTest;
// Each command is a process of its own; on a busy machine one takes seconds.
const PATIENCE = { timeout: 120_000 };
afterEach(async () => {
  await program.close();
  vi.unstubAllEnvs();
});

const customer = { name: 'Acme', country: 'PL', currency: 'PLN' };

test('lists every operation of the contract and nothing beside it', PATIENCE, async () => {
  program = programForTest();
  const { code, stdout } = await program.run('ops', '--json');
  expect(code).toBe(0);
  const listed = JSON.parse(stdout) as { name: string; input: unknown; refusals: object }[];
  expect(listed.map((operation) => operation.name)).toEqual([...allOperations().keys()]);
  expect(listed.find((operation) => operation.name === 'fleet.vmStart')).toMatchObject({
    input: { type: 'object', properties: { vmId: { type: 'string' } } },
    refusals: { 'no-such-vm': 'There is no VM {vmId}.' },
  });
  expect((await program.here('ops')).stdout).toMatch(/fleet\.vmStart +command +Start a VM/);
});

test('says how a call ended by its exit code, with the result alone on stdout', PATIENCE, async () => {
  program = programForTest();
  const table: [string[], number, RegExp][] = [
    [['call', 'customers.customerCreate', '{"name": '], 2, /not JSON[\s\S]*\(input\): /],
    [
      ['call', 'customers.customerCreate', '{"name":"x","country":"Poland","currency":"PLN"}'],
      2,
      /country: a country as two capital letters/,
    ],
    [['call', 'nothing.atAll', '{}'], 2, /There is no operation "nothing.atAll"/],
    [['call'], 2, /Which operation/],
    [['cal'], 2, /There is no command "cal"/],
    [['call', 'system.about', '--colour'], 2, /--colour/],
    [['practice', '--hosts', 'many'], 2, /--hosts takes a whole number from 1 to 350, not "many"/],
    [['follow', 'system.about'], 2, /"system.about" is no feed/],
    [['billing', 'replay'], 2, /Which file/],
    [['billing', 'reply', 'x'], 2, /there are "billing replay FILE"/],
    [['billing', 'replay', '/nowhere.json'], 2, /\/nowhere\.json cannot be read/],
    [
      ['call', 'customers.customerGet', '{"customerId":"cus_none"}'],
      3,
      /^no-such-customer: There is no customer cus_none\./,
    ],
    [['call', 'fleet.vmStart', '{"vmId":"vm_none"}'], 3, /^no-such-vm: /],
    [
      ['call', 'system.about', '--store', 'postgres://nobody:hunter2@127.0.0.1:1/none'],
      4,
      /^store-unreachable: /,
    ],
    [['call', 'system.about', '--store', 'mysql://x'], 2, /--store is not right/],
  ];
  // One of each code as a process ends, all of them as the command line answers.
  const asProcesses = new Set([2, 3, 4].map((code) => table.find((row) => row[1] === code)));
  for (const row of table) {
    const [words, code, stderr] = row;
    const answer = await (asProcesses.has(row) ? program.run(...words) : program.here(...words));
    expect([words.join(' '), answer.code, answer.stdout]).toEqual([words.join(' '), code, '']);
    expect(answer.stderr).toMatch(stderr);
    expect(answer.stderr).not.toContain('hunter2');
  }
});

test(
  'replays billing stories: one line each, 1 when one failed, 2 with the path for a bad file',
  PATIENCE,
  async () => {
    program = programForTest();
    const told = (balance: string): object =>
      story(balance, planOf(monthly('30.00')), [
        subscribe('2027-06-01'),
        { at: '2027-06-01', do: 'run' },
        owes(balance),
      ]);
    const replay = async (content: unknown): Promise<ProgramAnswer> => {
      const file = join(program.home, 'stories.json');
      writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
      return await program.here('billing', 'replay', file);
    };
    expect(await replay({ stories: [told('30')] })).toMatchObject({
      code: 0,
      stdout: 'passed 30\n1 passed, 0 failed\n',
    });
    expect(await replay({ stories: [told('30'), told('31')] })).toMatchObject({
      code: 1,
      stdout:
        'passed 30\nFAILED 31 step 2\n  expected balance 31\n  got      balance 30.00\n1 passed, 1 failed\n',
    });
    expect(await replay({ stories: [{}] })).toMatchObject({
      code: 2,
      stdout: expect.stringContaining('stories.0.customer: is missing') as string,
      stderr: '',
    });
    expect(await replay('{')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('(file): ') as string,
    });
  },
);

describeOnBothStores('the command line', ({ kind, newAddress }) => {
  test('works on the store of INNKEEPER_STORE, or on the one that --store names', PATIENCE, async () => {
    program = programForTest({ store: await newAddress(allSchema) });
    const other = ['--store', await newAddress(allSchema)];
    await program.callHere('customers.customerCreate', customer, ...other);
    expect(await program.callHere('customers.customerList')).toMatchObject({ total: 0 });
    expect(await program.call('customers.customerList', {}, ...other)).toMatchObject({ total: 1 });
  });

  test('has an effect once under one key, from however many processes', PATIENCE, async () => {
    program = programForTest({ store: await newAddress(allSchema) });
    const first = await program.call('customers.customerCreate', customer, '--key', 'order-1');
    const second = await program.callHere('customers.customerCreate', customer, '--key', 'order-1');
    expect(second).toEqual(first);
    expect(await program.callHere('customers.customerList')).toMatchObject({ total: 1 });
    const other = await program.here(
      'call',
      'customers.customerCreate',
      JSON.stringify({ ...customer, name: 'Other' }),
      '--key',
      'order-1',
    );
    expect([other.code, other.stderr.split(':')[0]]).toEqual([4, 'key-reused']);
  });

  test('works beside a running worker, whose engine it joins on an embedded store', PATIENCE, async () => {
    // As in the session of a desktop: what runs here and the worker meet at the same socket.
    const { folder } = makeQuickFolder('innkeeper-runtime-');
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    vi.stubEnv('XDG_RUNTIME_DIR', folder);
    program = programForTest({ store: await newAddress(allSchema) });
    await program.startWorker();
    await program.call('customers.customerCreate', customer);
    expect(await program.callHere('system.about')).toMatchObject({
      hostKind: kind === 'sqlite' ? 'worker' : 'cli',
    });
    expect(await program.here('audit', 'verify')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(
        /^\{"rows":1,"ok":true,"firstBadSeq":null,"head":\{"seq":1,"hash":"[0-9a-f]{64}"\}\}\n$/,
      ),
    });
    expect(await program.here('ledger', 'verify')).toMatchObject({ code: 0 });
  });

  test('collects for a bug report what is needed and no secret', PATIENCE, async () => {
    program = programForTest({ store: await newAddress(allSchema) });
    await program.callHere('customers.customerCreate', customer);
    const door = { address: '127.0.0.1', port: 1, auth: { kind: 'password', password: 'hunter2' } };
    expect((await program.here('call', 'fleet.hostAdd', JSON.stringify(door))).code).toBe(3);
    const out = join(program.home, 'diagnosis.json.gz');
    expect(await program.run('diagnose', '--out', out)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining(out) as string,
    });
    expect(statSync(out).mode & 0o777).toBe(0o600);
    const again = await program.here('diagnose', '--out', out);
    expect([again.code, again.stderr]).toEqual([
      2,
      `${out} is there already and is not overwritten: name another with --out.\n`,
    ]);
    const report = JSON.parse(gunzipSync(readFileSync(out)).toString('utf8')) as {
      store: { tables: Record<string, number>; audit: object };
      logs: object;
    };
    expect(report).toMatchObject({
      version: expect.any(String) as string,
      store: { kind, tables: { customer: 1 }, audit: { ok: true } },
    });
    expect(Object.keys(report.logs)).toContain('cli.log');
    expect(JSON.stringify(report)).not.toContain('hunter2');
    expect(JSON.stringify(await program.callHere('system.auditList'))).not.toContain('hunter2');
  });
});

test('an embedded store is copied while it is in use, and put back with one command', PATIENCE, async () => {
  program = programForTest();
  const worker = await program.startWorker();
  await program.callHere('customers.customerCreate', customer);
  const file = join(program.home, 'copy.innkeeper');
  expect((await program.run('backup', file)).code).toBe(0);
  await program.callHere('customers.customerCreate', { ...customer, name: 'After the copy' });
  expect(await program.here('restore', file)).toMatchObject({
    code: 4,
    stderr: expect.stringContaining('in use') as string,
  });
  await worker.stop();
  expect((await program.run('restore', file)).code).toBe(0);
  expect(await program.callHere('customers.customerList')).toMatchObject({
    total: 1,
    rows: [{ name: 'Acme' }],
  });
});

test('a file that is no store is refused and left as it was', PATIENCE, async () => {
  program = programForTest();
  const file = join(program.home, 'notes.txt');
  writeFileSync(file, 'not a store');
  const answer = await program.here('call', 'system.about', '--store', `sqlite:${file}`);
  expect([answer.code, readFileSync(file, 'utf8')]).toEqual([4, 'not a store']);
  expect(answer.stderr).toMatch(/^store-/);
  expect(existsSync(`${file}-wal`)).toBe(false);
});

test('a wrong password is told in words without the password', PATIENCE, async () => {
  program = programForTest();
  const url = new URL(inject('postgresUrl'));
  url.username = 'nobody_there';
  url.password = 'hunter2';
  const answer = await program.here('call', 'system.about', '--store', url.href);
  expect([answer.code, answer.stdout]).toEqual([4, '']);
  expect(answer.stderr).not.toContain('hunter2');
});
