import { createServer, type IncomingMessage } from 'node:http';
import { z } from 'zod';

const questionSchema = z.object({
  countryCode: z.string(),
  vatNumber: z.string(),
  requesterMemberStateCode: z.string().optional(),
  requesterNumber: z.string().optional(),
});
export type ViesQuestionOnWire = z.infer<typeof questionSchema>;

type Verdict = { readonly valid: boolean; readonly name?: string; readonly address?: string };

/** What the stand-in does with a question: a verdict, an error in VIES' words with a status, no JSON, or silence. */
export type ViesBehaviour =
  | Verdict
  | { readonly error: string; readonly status?: number }
  | { readonly text: string; readonly status: number }
  | 'hangs-up';

export interface ViesStandIn {
  readonly address: string;
  /** Every question so far. */
  readonly asked: readonly ViesQuestionOnWire[];
  /** From now on; by VAT id with its prefix. Those that are not named are not valid. */
  behave(vatId: string, behaviour: ViesBehaviour): void;
  close(): Promise<void>;
}

/**
 * Stands in for VIES of the European Commission: speaks its REST interface (POST …/check-vat-number), as it answered when it was
 * written down. It gives a number of the consultation to who names himself, and dashes for names that a member state does not tell.
 */
export async function startViesStandIn(): Promise<ViesStandIn> {
  const behaviours = new Map<string, ViesBehaviour>();
  const asked: ViesQuestionOnWire[] = [];
  const server = createServer((request, response) => {
    void (async () => {
      const question = questionSchema.parse(JSON.parse(await bodyOf(request)));
      asked.push(question);
      const behaviour = behaviours.get(question.countryCode + question.vatNumber) ?? { valid: false };
      if (behaviour === 'hangs-up') {
        response.destroy();
        return;
      }
      if ('text' in behaviour) {
        response.writeHead(behaviour.status, { 'content-type': 'text/html' }).end(behaviour.text);
        return;
      }
      const isRight = request.method === 'POST' && request.url === '/rest-api/check-vat-number';
      const status = isRight ? ('error' in behaviour ? (behaviour.status ?? 200) : 200) : 404;
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(answerTo(question, behaviour, asked.length)));
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  return {
    address: `http://127.0.0.1:${port}/rest-api/`,
    asked,
    behave: (vatId, behaviour) => {
      behaviours.set(vatId, behaviour);
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function answerTo(
  question: ViesQuestionOnWire,
  behaviour: Verdict | { readonly error: string },
  nth: number,
): unknown {
  if ('error' in behaviour) return { actionSucceed: false, errorWrappers: [{ error: behaviour.error }] };
  return {
    countryCode: question.countryCode,
    vatNumber: question.vatNumber,
    requestDate: '2026-10-01T08:00:00.123Z',
    valid: behaviour.valid,
    requestIdentifier:
      question.requesterNumber === undefined ? '' : `WAPIAAAAX${String(nth).padStart(7, '0')}`,
    name: behaviour.name ?? '---',
    address: behaviour.address ?? '---',
    traderName: '---',
    traderStreet: '---',
    traderPostalCode: '---',
    traderCity: '---',
    traderCompanyType: '---',
    traderNameMatch: 'NOT_PROCESSED',
    traderStreetMatch: 'NOT_PROCESSED',
    traderPostalCodeMatch: 'NOT_PROCESSED',
    traderCityMatch: 'NOT_PROCESSED',
    traderCompanyTypeMatch: 'NOT_PROCESSED',
  };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  return Buffer.concat(pieces).toString('utf8');
}
