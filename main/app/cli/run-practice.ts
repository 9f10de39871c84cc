import { startPractice } from '../practice-door.ts';
import { practiceSize } from '../practice-size.ts';
import { EXIT } from './exit-codes.ts';

/** `innkeeper practice`: simulated hosts until interrupted, with all that is needed to reach them. */
export async function runPractice(options: {
  hosts: string | undefined;
  vms: string | undefined;
  signal: AbortSignal;
  print: (words: string) => void;
}): Promise<number> {
  const practice = await startPractice(practiceSize(options));
  options.print(JSON.stringify(practice.description, null, 2));
  process.stderr.write(
    'Stop with Ctrl+C. For example: virsh -c "qemu+unix:///system?socket=SOCKET" list --all\n',
  );
  const interrupted = new Promise<void>((resolve) =>
    options.signal.addEventListener('abort', () => resolve(), { once: true }),
  );
  await Promise.race([interrupted, practice.ended]);
  await practice.stop();
  return EXIT.done;
}
