import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { allOperations, type OperationName } from '../../shared/contract/contract.ts';
import { sentenceOf, type Facts } from '../../shared/contract/outcome.ts';
import { localDate } from '../../shared/kernel/local-date.ts';
import { postRun } from '../domains/runs/run-post.ts';
import { previewRun } from '../domains/runs/run-preview.ts';
import { testCompany } from './billing-room.ts';
import { twoDomainsRooms, type DomainsRoom } from './domains-room.ts';
import { makeQuickFolder } from './quick-folder.ts';
import { runOf } from './runs-room.ts';
import type { StoreForTest } from './store-for-test.ts';

type Run = Awaited<ReturnType<typeof runOf>>;

/** A run of October 2024, prepared, previewed and posted by the test itself. */
export interface BadInputRoom {
  readonly room: DomainsRoom;
  /** Prepares the run and works its preview out. */
  prepare(): Promise<Run>;
  /** Approves what the preview says, and posts it. */
  approveAndPost(run: Run): Promise<Run>;
  post(runId: string, round: number): Promise<Run>;
  close(): Promise<void>;
}

const october = { periodStart: localDate('2024-10-01'), periodEndExclusive: localDate('2024-11-01') };
const idle = { signal: new AbortController().signal, progress: () => undefined };

/** Its words in Czech have lost one. */
function brokenLayouts(from: string): string {
  const { folder } = makeQuickFolder('innkeeper-layouts-');
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  cpSync(from, folder, { recursive: true });
  const file = join(folder, 'invoice-1/cs.json');
  const { title: _title, ...others } = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
  writeFileSync(file, JSON.stringify(others));
  return folder;
}

/** Rooms whose tasks nobody works on: what a run does is done by the test, with layouts of which one does not render. */
export async function openBadInputRoom(stores: StoreForTest): Promise<BadInputRoom> {
  const [room, other] = await twoDomainsRooms(stores);
  await room.call('billing.companySave', testCompany);
  const billing = {
    ...room.domains.billing,
    layoutFolder: brokenLayouts(room.domains.billing.layoutFolder),
  };
  const parts = { store: room.store, billing };
  const post = async (runId: string, round: number): Promise<Run> => {
    await postRun(parts, { runId, round, ...idle });
    return await runOf(room, runId);
  };
  return {
    room,
    prepare: async () => {
      const made = await room.call('runs.runCreate', october);
      if (typeof made === 'string') throw new Error(made);
      await previewRun(parts, { runId: made.runId, round: 1, ...idle });
      return await runOf(room, made.runId);
    },
    approveAndPost: async ({ id: runId, digest, counts }) => {
      const issuedOn = localDate('2024-11-02');
      const approved = await room.call('runs.runApprove', {
        runId,
        digest,
        confirmCount: counts.ready,
        issuedOn,
      });
      if (typeof approved === 'string') throw new Error(approved);
      return await post(runId, 2);
    },
    post,
    close: async () => {
      await other.close();
      await room.close();
    },
  };
}

/** The sentence it is refused with; throws where it was not. */
export async function refusedWith(room: DomainsRoom, name: OperationName, input: object): Promise<string> {
  const { code, facts } = await room.refusal(name, input as never);
  const refusals: Readonly<Record<string, string>> = allOperations().get(name)?.refusals ?? {};
  return sentenceOf(refusals[code] ?? code, facts as Facts);
}
