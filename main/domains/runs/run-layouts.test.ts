import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it, onTestFinished } from 'vitest';
import { createPdfPress, type PdfPress } from '../../platform/pdf/pdf-press.ts';
import { closePressForTest, pressOptions, testCompany } from '../../testing/billing-room.ts';
import { twoDomainsRooms } from '../../testing/domains-room.ts';
import { makeQuickFolder } from '../../testing/quick-folder.ts';
import { chargeMonth, runOf } from '../../testing/runs-room.ts';
import { describeOnBothStores } from '../../testing/store-for-test.ts';
import { previewRun } from './run-preview.ts';

afterAll(closePressForTest);

/** Hangs over what is Czech, ends over what is English, and over what is Polish ends once. */
function pressOfTrouble(): PdfPress {
  const { folder } = makeQuickFolder('innkeeper-press-');
  const once = JSON.stringify(join(folder, 'ended once'));
  const program = `import { existsSync, writeFileSync } from 'node:fs';
    import { parentPort } from 'node:worker_threads';
    parentPort.on('message', ({ id, document: { info } }) => {
      if (info.language === 'cs') for (;;);
      if (info.language === 'en') process.exit(1);
      if (!existsSync(${once})) {
        writeFileSync(${once}, '');
        throw new Error('no memory left');
      }
      parentPort.postMessage({ id, bytes: new Uint8Array([7]) });
    });`;
  const worker = new URL(`data:text/javascript,${encodeURIComponent(program)}`);
  const press = createPdfPress({ ...pressOptions, worker, deadlineMs: 2_000 });
  onTestFinished(async () => {
    await press.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return press;
}

describeOnBothStores('pages of a billing run', (stores) => {
  it(
    'that no worker can draw hold whose they are, by name; one try that failed holds nobody',
    { timeout: 240_000 },
    async () => {
      const press = pressOfTrouble();
      const [room, other] = await twoDomainsRooms(stores);
      const parts = { store: room.store, billing: { ...room.domains.billing, press } };
      const preview = async (runId: string, round: number): Promise<void> =>
        await previewRun(parts, {
          runId,
          round,
          signal: new AbortController().signal,
          progress: () => undefined,
        });
      try {
        await room.call('billing.companySave', testCompany);
        await chargeMonth(room.store, '2024-10', [
          { n: 0, minor: [10_000] },
          { n: 1, minor: [10_000], customer: { language: 'cs' } },
          { n: 2, minor: [10_000], customer: { language: 'en' } },
          { n: 3, minor: [10_000] },
        ]);
        const made = await room.call('runs.runCreate', {
          periodStart: '2024-10-01',
          periodEndExclusive: '2024-11-01',
        });
        if (typeof made === 'string') throw new Error(made);
        await preview(made.runId, 1);
        const run = await runOf(room, made.runId);
        expect(run).toMatchObject({ state: 'ready', counts: { total: 4, ready: 2, held: 2 } });
        expect(run.held.map(({ code, count }) => [code, count])).toEqual([['layout-fails', 2]]);
        const page = await room.call('runs.runRows', {
          runId: run.id,
          query: 'state:held',
          sort: 'customer',
          direction: 'asc',
        });
        if (typeof page === 'string') throw new Error(page);
        const later =
          'twice; preview the run again when the machine has less to do, and if it stays so report it.';
        expect(page.rows.map(({ why }) => why)).toEqual([
          `The pages of the invoice of Klient 1 cannot be drawn by the layout invoice-2 in Czech: The document was not drawn within 8 seconds, ${later}`,
          `The pages of the invoice of Klient 2 cannot be drawn by the layout invoice-2 in English: The PDF worker ended, ${later}`,
        ]);

        // Nobody can tell whether they can be drawn: that is of no customer.
        await press.close();
        await room.call('runs.runRenew', { runId: run.id });
        await expect(preview(run.id, 2)).rejects.toThrow('The PDF press is closed.');
      } finally {
        await other.close();
        await room.close();
      }
    },
  );
});
