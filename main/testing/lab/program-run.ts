import { spawn } from 'node:child_process';

export interface ProgramResult {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs a program to its end. A program that cannot be started rejects; any exit code resolves (128 + n stands for a signal). */
export async function tryProgram(
  program: string,
  args: readonly string[],
  input?: string,
): Promise<ProgramResult> {
  return await new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.once('error', reject);
    child.once('close', (code, signal) =>
      resolve({ code: code ?? (signal === 'SIGKILL' ? 137 : 143), stdout, stderr }),
    );
    child.stdin?.on('error', () => undefined); // a program that does not read its input to the end says so by its exit code
    child.stdin?.end(input);
  });
}

/** Runs a program that must succeed and gives its standard output; the error carries what it wrote to standard error. */
export async function runProgram(program: string, args: readonly string[], input?: string): Promise<string> {
  const { code, stdout, stderr } = await tryProgram(program, args, input);
  if (code !== 0)
    throw new Error(
      `${program} ${args.join(' ')} ended with ${code}: ${(stderr.trim() || stdout.trim()).slice(-2000)}`,
    );
  return stdout;
}
