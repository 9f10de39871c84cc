import { Worker } from 'node:worker_threads';

/**
 * Reads every page of a SQLite file in a thread of its own (seconds for a big store; node:sqlite is synchronous). Resolves
 * to 'ok' or to what is wrong. The thread's code is a text so that bundling needs to know nothing about it.
 */
export async function checkIntegrity(file: string): Promise<string> {
  const worker = new Worker(code, { eval: true, workerData: { file } });
  return await new Promise((resolve, reject) => {
    worker.once('message', (verdict: unknown) => resolve(String(verdict)));
    worker.once('error', reject);
    worker.once('exit', (exitCode) => reject(new Error(`The check of ${file} ended with ${exitCode}.`)));
  });
}

const code = `
const { parentPort, workerData } = require('node:worker_threads');
const { DatabaseSync } = require('node:sqlite');
let verdict;
try {
  const database = new DatabaseSync(workerData.file, { readOnly: true });
  const rows = database.prepare('pragma integrity_check(3)').all();
  const orphans = database.prepare('pragma foreign_key_check').all();
  database.close();
  verdict = rows.map((row) => row.integrity_check).join('; ');
  if (orphans.length > 0) verdict = orphans.length + ' rows point to rows that are not there';
} catch (error) {
  verdict = error.message;
}
parentPort.postMessage(verdict);
`;
