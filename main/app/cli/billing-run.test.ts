import { afterAll, afterEach, expect, test } from 'vitest';
import type { BillingRunDetail } from '../../../shared/domains/runs/runs-contract.ts';
import { localDate } from '../../../shared/kernel/local-date.ts';
import type { BillingTables } from '../../domains/billing/billing-tables.ts';
import { changeRun } from '../../domains/runs/run-store.ts';
import type { Store } from '../../platform/store/store.ts';
import { openStore } from '../../platform/store/store-open.ts';
import { closePressForTest, testCompany } from '../../testing/billing-room.ts';
import { programForTest, type ProgramAnswer, type ProgramForTest } from '../../testing/program-for-test.ts';
import { fillRunsStore } from '../../testing/runs-console.ts';
import { describeOnBothStores, testProgram } from '../../testing/store-for-test.ts';
import { allSchema } from '../all-schema.ts';

const PATIENCE = { timeout: 240_000 };

let program: ProgramForTest;
afterEach(async () => await program.close());
afterAll(closePressForTest);

const run = async (...words: readonly string[]): Promise<ProgramAnswer> =>
  await program.here('billing', 'run', ...words);
const detail = async (...words: readonly string[]): Promise<BillingRunDetail> =>
  JSON.parse((await run(...words, '--json')).stdout) as BillingRunDetail;

describeOnBothStores('innkeeper billing run', ({ newAddress }) => {
  test('goes from the preview of a month to its report', PATIENCE, async () => {
    const address = await newAddress(allSchema);
    program = programForTest({ store: address });
    expect(await run('preview', '--month', '2024-10')).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('no-company') as string,
    });
    const store = await openStore({ address, schema: allSchema, program: testProgram });
    await fillRunsStore(store, [
      [
        '2024-10',
        [
          { n: 0, minor: [10_000] },
          { n: 1, minor: [123_456] },
          // The company has no account for it.
          { n: 2, minor: [3_000], currency: 'RON' },
        ],
      ],
    ]);
    await store.close();

    const previewed = await run('preview', '--month', '2024-10');
    expect(previewed).toMatchObject({ code: 0, stderr: expect.stringContaining('of 3') as string });
    const [runId = ''] = previewed.stdout.split(' ');
    const shown = await detail('show', '--month', '2024-10');
    expect(shown).toMatchObject({ id: runId, state: 'ready', counts: { ready: 2, held: 1 } });
    expect((await run('show', runId)).stdout).toBe(previewed.stdout);
    const lines = previewed.stdout.split('\n');
    expect(lines).toContain('3 rows: 2 ready, 0 posted, 1 held, 0 left out, 0 with nothing to invoice');
    expect(lines).toContain('Currency  Invoices      Net     VAT    Gross  Before');
    expect(lines).toContain('PLN              2  1334.56  306.95  1641.51    0.00');
    expect(lines).toContain('Held: 1 (finding:held)');
    const approveIt = `approve ${runId} --digest ${shown.digest} --count 2`;
    expect(lines).toContain(`innkeeper billing run ${approveIt}`);

    const rows = await run('show', runId, '--rows', 'state:ready', '--limit', '1');
    expect(rows.stdout).toMatch(
      /^Customer +Currency +Before +Now.*\nC-1000\d Klient \d +PLN.*\nand 1 more\n$/,
    );
    const page = await run('show', runId, '--rows', 'currency:RON', '--json');
    expect(JSON.parse(page.stdout)).toMatchObject({
      total: 1,
      rows: [{ state: 'held', customer: 'Klient 2' }],
    });

    const refused: readonly (readonly [readonly string[], number, RegExp])[] = [
      [['report', runId], 2, /is not posted: it is ready/],
      [['post', runId], 2, /is not approved/],
      [['approve', runId], 2, /Which preview, of how many documents/],
      [['approve', runId, '--digest', 'other', '--count', '2'], 3, /^changed-meanwhile: /],
      [['approve', runId, '--digest', shown.digest, '--count', '3'], 3, /^count-not-typed: /],
      [['approve', runId, '--digest', shown.digest, '--count', 'two'], 2, /--count takes a whole number/],
      [['approve', runId, '--digest', shown.digest, '--count', '2', '--date', 'soon'], 2, /issuedOn/],
      [['preview'], 2, /Which month/],
      [['preview', '--month', '2024-13'], 2, /--month takes a year and month/],
      [
        ['preview', '--month', '2024-10', '--company', 'Nobody'],
        2,
        /There is no company "Nobody": there are /,
      ],
      [['show', '--month', '2023-01'], 2, /There is no billing run of 2023-01/],
      [['show'], 2, /Which run/],
      [['show', 'run_none'], 3, /^no-such-run: /],
      [['delete', runId], 2, /"billing run delete" is not known/],
    ];
    for (const [words, code, stderr] of refused) {
      const answer = await run(...words);
      expect([words.join(' '), answer.code, answer.stdout]).toEqual([words.join(' '), code, '']);
      expect(answer.stderr).toMatch(stderr);
    }

    expect(await run(...approveIt.split(' '), '--date', '2024-11-02')).toMatchObject({ code: 0, stdout: '' });
    const posted = await run('post', runId);
    expect(posted).toMatchObject({ code: 0 });
    const report = await detail('report', '--month', '2024-10');
    expect(report).toMatchObject({ state: 'posted', counts: { posted: 2 }, issuedOn: '2024-11-02' });
    expect(posted.stdout).toContain(`SHA-256 over all documents: ${report.report?.hash}`);
    expect(posted.stdout).toContain('2 invoices of 2024-11-02, FV 2024/11/0001 to FV 2024/11/0002');
    expect((await run('report', runId)).stdout).toBe(posted.stdout);
    expect(await program.here('ledger', 'verify')).toMatchObject({ code: 0 });
  });

  test(
    'says by its exit code that a run was aborted, or stands still, and goes on with a later date',
    PATIENCE,
    async () => {
      const address = await newAddress(allSchema);
      program = programForTest({ store: address });
      const inStore = async (work: (store: Store) => Promise<unknown>): Promise<void> => {
        const store = await openStore({ address, schema: allSchema, program: testProgram });
        await work(store);
        await store.close();
      };
      await inStore(async (store) => await fillRunsStore(store, [['2024-10', [{ n: 0, minor: [10_000] }]]]));
      const month = ['--month', '2024-10'] as const;
      const { id: aborted } = await detail('preview', ...month);
      expect(await program.here('call', 'runs.runAbort', JSON.stringify({ runId: aborted }))).toMatchObject({
        code: 0,
      });
      const refused = await run('post', aborted);
      expect(refused).toMatchObject({ code: 2, stdout: '' });
      expect(refused.stderr).toContain(`${aborted} was aborted, and posts nothing`);
      expect((await run('show', aborted)).code).toBe(4);

      const { id: runId } = await detail('preview', ...month);
      const standingStill = async (footer: string): Promise<void> =>
        await inStore(async (store) => {
          await store.tables<BillingTables>().updateTable('company').set({ footer }).execute();
          await changeRun(store.tables(), runId, { state: 'stopped', issued_on: localDate('2024-11-02') });
        });
      // Approved, and stopped before it posted anything; the company changed since, so it stands still again.
      await standingStill('Changed');
      const stopped = await run('post', runId);
      expect(stopped.code).toBe(4);
      expect(stopped.stdout).toContain(': stopped');
      expect(stopped.stdout).toContain('The data of the company');
      await standingStill(testCompany.footer);
      expect(await run('post', runId, '--date', '2024-11-03')).toMatchObject({ code: 0 });
      expect(await detail('report', runId)).toMatchObject({ state: 'posted', issuedOn: '2024-11-03' });
      // Once more it is looked at and nothing else.
      expect(await run('post', runId)).toMatchObject({ code: 0 });
      expect(await program.here('ledger', 'verify')).toMatchObject({ code: 0 });
    },
  );
});
