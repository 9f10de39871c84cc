import { readSync, writeSync } from 'node:fs';

/**
 * Writes a line and stands still until it was answered, so that who reads it, and may end this process, is never behind on a busy machine:
 * without a wait the work can be done before the first line is read. Goes on when nobody is there to answer.
 */
export function sayAndWait(line: string): void {
  writeSync(1, `${line}\n`);
  readSync(0, Buffer.alloc(1));
}
