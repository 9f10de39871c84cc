import { z } from 'zod';
import { OperatingFailure } from '../calls/operating-failure.ts';
import { postJson } from '../http/json-post.ts';

/** European Commission, VIES on the web: the REST interface, https://ec.europa.eu/taxation_customs/vies/#/technical-information. */
export const VIES_ADDRESS = 'https://ec.europa.eu/taxation_customs/vies/rest-api/';

/** A member state's own service can take a quarter of a minute. */
const TIMEOUT_MS = 20_000;

/** Between two questions of many: VIES refuses who asks for much at once (`MS_MAX_CONCURRENT_REQ`, `GLOBAL_MAX_CONCURRENT_REQ`). */
export const VIES_PAUSE_MS = 1_000;

export interface ViesQuestion {
  /** With its prefix: `CZ27082440`, `EL094259216`. */
  readonly vatId: string;
  /** Ours, with its prefix: who asks with one is given a number of the consultation. Empty: anonymous. */
  readonly requesterVatId: string;
  readonly signal: AbortSignal;
}

export interface ViesAnswer {
  /** `unknown` whenever nobody said whether it is valid: the service or the member state does not answer, or refuses. */
  readonly result: 'valid' | 'invalid' | 'unknown';
  /** Why it is unknown (`MS_UNAVAILABLE`); empty else. */
  readonly detail: string;
  /** Number of the consultation, which proves to a tax office that it was asked; empty where none was given. */
  readonly requestIdentifier: string;
  /** When VIES says it was asked; empty where it did not say. */
  readonly requestDate: string;
  /** Of the holder; empty where the member state does not tell. */
  readonly name: string;
  readonly address: string;
}

const answerSchema = z.object({
  valid: z.boolean().optional(),
  userError: z.string().nullish(),
  requestDate: z.string().nullish(),
  requestIdentifier: z.string().nullish(),
  name: z.string().nullish(),
  address: z.string().nullish(),
  actionSucceed: z.boolean().nullish(),
  errorWrappers: z.array(z.object({ error: z.string() })).nullish(),
});

/**
 * Asks VIES about a VAT id. Never throws but for the signal: what is no clear yes or no is `unknown`, in VIES' own words. That a number
 * is not valid is believed only when VIES says so and reports no error with it.
 */
export async function askVies(address: string, question: ViesQuestion): Promise<ViesAnswer> {
  const { vatId, requesterVatId, signal } = question;
  const asked = {
    countryCode: vatId.slice(0, 2),
    vatNumber: vatId.slice(2),
    ...(requesterVatId === ''
      ? {}
      : {
          requesterMemberStateCode: requesterVatId.slice(0, 2),
          requesterNumber: requesterVatId.slice(2),
        }),
  };
  try {
    const { status, text } = await postJson({
      url: new URL('check-vat-number', address),
      body: JSON.stringify(asked),
      headers: { accept: 'application/json' },
      signal,
      timeoutMs: TIMEOUT_MS,
    });
    return answerOf(status, text);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof OperatingFailure) return unknown(error.message);
    throw error;
  }
}

/** VIES reports failures with status 200 as well as with others. */
function answerOf(status: number, text: string): ViesAnswer {
  const read = answerSchema.safeParse(jsonOf(text));
  if (!read.success) return unknown(`VIES answered with status ${status} and no verdict`);
  const { valid, userError, errorWrappers, actionSucceed, ...facts } = read.data;
  const error = errorWrappers?.[0]?.error ?? (actionSucceed === false ? 'no verdict' : undefined);
  const ownWord = userError && !['VALID', 'INVALID'].includes(userError) ? userError : undefined;
  if (error !== undefined || ownWord !== undefined || valid === undefined || status !== 200) {
    return unknown(error ?? ownWord ?? `status ${status}`);
  }
  return {
    result: valid ? 'valid' : 'invalid',
    detail: '',
    requestIdentifier: facts.requestIdentifier ?? '',
    requestDate: facts.requestDate ?? '',
    name: told(facts.name),
    address: told(facts.address),
  };
}

/** Member states that tell nothing write dashes. */
function told(text: string | null | undefined): string {
  const plain = text?.trim() ?? '';
  return /^-*$/.test(plain) ? '' : plain;
}

function unknown(detail: string): ViesAnswer {
  return { result: 'unknown', detail, requestIdentifier: '', requestDate: '', name: '', address: '' };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
