import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { builtProgram } from './built-program.ts';

/** What the child says when it begins one. */
const beginnings = { days: 'closing', invoices: 'issuing' } as const;

/** Lets an engine close days or issue invoices until it begins the n-th one, and kills it there; 'done' when there were fewer. */
export async function billUntilKilled(
  address: string,
  work: keyof typeof beginnings,
  killAt: number,
): Promise<'killed' | 'done'> {
  const program = await builtProgram('billing-child.ts');
  const child = spawn(process.execPath, [program, address, '2026-10-01T08:00:00Z', work, 'stepwise'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  // It may be gone while it is told to go on.
  child.stdin.on('error', () => undefined);
  const exited = new Promise((resolve) => child.on('exit', resolve));
  let begun = 0;
  let last = '';
  for await (const line of createInterface({ input: child.stdout })) {
    last = line;
    if (line !== beginnings[work]) continue;
    child.stdin.write('go\n');
    if (++begun === killAt) child.kill('SIGKILL');
  }
  await exited;
  return last === 'done' ? 'done' : 'killed';
}

/** Lets an engine issue the advance invoice for a payment, and kills it before anything of that is printed; its id. */
export async function issueAdvanceAndDie(address: string, paymentId: string): Promise<string> {
  const program = await builtProgram('billing-child.ts');
  const child = spawn(process.execPath, [program, address, '2026-10-01T08:00:00Z', 'advance', paymentId], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const exited = new Promise((resolve) => child.on('exit', resolve));
  let invoiceId = '';
  for await (const line of createInterface({ input: child.stdout })) {
    invoiceId = line.split(' ')[1] ?? '';
    child.kill('SIGKILL');
  }
  await exited;
  return invoiceId;
}
