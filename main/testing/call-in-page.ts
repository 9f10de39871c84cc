import type { Page } from 'playwright-core';
import type { OperationAt, OperationName } from '../../shared/contract/contract.ts';
import type { CallInputOf, OutputOf } from '../../shared/contract/operation.ts';

type Answer = { t: string; id: number; value?: unknown; error?: { sentence: string } };

/** Runs in the page: one call over a socket of its own, with the cookie the page was let in with. */
async function callOnSocket({
  op,
  input,
  path,
}: {
  op: string;
  input: unknown;
  path: string;
}): Promise<Answer> {
  const socket = new WebSocket(`ws://${location.host}${path}`);
  const answer = await new Promise<Answer>((resolve, reject) => {
    socket.addEventListener('error', () => reject(new Error('the engine did not answer')));
    socket.addEventListener('message', (event) => {
      const message = JSON.parse(event.data as string) as Answer;
      // An engine that is opened for this call hears nothing before it has said hello.
      if (message.t === 'hello') socket.send(JSON.stringify({ t: 'call', id: 1, op, input }));
      if (message.t === 'result' || message.t === 'error') resolve(message);
    });
  });
  socket.close();
  return answer;
}

/**
 * An operation beside what is on screen: prepares what a test does not want to do by hand, in one installation of several where it is named. Throws the sentence of anything but
 * a result.
 */
export async function callInPage<N extends OperationName>(
  page: Page,
  op: N,
  input: CallInputOf<OperationAt<N>>,
  installation = '',
): Promise<OutputOf<OperationAt<N>>> {
  const answer = await page.evaluate(callOnSocket, {
    op,
    input: input as unknown,
    path: installation === '' ? '/engine' : `/engine/${installation}`,
  });
  if (answer.t === 'error') throw new Error(`${op}: ${answer.error?.sentence ?? 'failed'}`);
  return answer.value as OutputOf<OperationAt<N>>;
}
