import { getCACertificates } from 'node:tls';
import { createTransport } from 'nodemailer';
import { OperatingFailure } from '../calls/operating-failure.ts';
import { hidden } from '../secrets/redact.ts';

export interface MailServer {
  readonly server: string;
  readonly port: number;
  /** `starttls` is demanded: nothing is said in clear. */
  readonly security: 'tls' | 'starttls' | 'none';
  /** Empty: nobody logs in. */
  readonly user: string;
  readonly password: string;
  /** PEM of a certificate trusted beside the public ones; empty: none. */
  readonly certificate: string;
}

export interface Mail {
  /** Stays the same when it is sent again, so that whoever receives it twice can tell. */
  readonly messageId: string;
  readonly from: string;
  readonly to: readonly string[];
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const TIMEOUT_MS = 20_000;
/** For all of it: a server that says a word now and then is not waited for longer. */
const WHOLE_MS = 30_000;

/**
 * Hands one mail to a mail server (RFC 5321) within half a minute. Gives the addresses the server would not take while it took others;
 * throws OperatingFailure in words without the password, whatever the server says back, or why the signal was aborted.
 */
export async function sendMail(
  at: MailServer,
  mail: Mail,
  signal: AbortSignal,
): Promise<{ readonly rejected: readonly string[] }> {
  const transport = createTransport({
    host: at.server,
    port: at.port,
    secure: at.security === 'tls',
    requireTLS: at.security === 'starttls',
    ignoreTLS: at.security === 'none',
    connectionTimeout: TIMEOUT_MS,
    greetingTimeout: TIMEOUT_MS,
    socketTimeout: TIMEOUT_MS,
    ...(at.user === '' ? {} : { auth: { user: at.user, pass: at.password } }),
    // `ca` replaces what is trusted else.
    ...(at.certificate.trim() === ''
      ? {}
      : { tls: { ca: [...getCACertificates('default'), at.certificate] } }),
    // Nothing of a message is fetched from files or addresses.
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const deadline = AbortSignal.timeout(WHOLE_MS);
  try {
    const { to, headers, ...rest } = mail;
    const sent = await transport.sendMail({
      ...rest,
      to: [...to],
      headers: { 'Auto-Submitted': 'auto-generated', ...headers },
      signal: AbortSignal.any([signal, deadline]),
    });
    return { rejected: sent.rejected };
  } catch (error) {
    signal.throwIfAborted();
    throw failureOf(at, deadline.aborted ? TOO_SLOW : error);
  } finally {
    transport.close();
  }
}

const TOO_SLOW = { code: 'ETIMEDOUT', message: `it was not done within ${WHOLE_MS / 1000} s` };

interface SmtpError {
  readonly code: string;
  readonly response: string;
  readonly message: string;
}

function failureOf(at: MailServer, thrown: unknown): OperatingFailure {
  const error = smtpError(at, thrown);
  const where = `${at.server}:${at.port}`;
  return new OperatingFailure({
    code: 'mail-not-sent',
    sentence: sentenceOf(at, where, error),
    mayRetry: true,
    remote: { system: where, code: error.code, message: error.response || error.message },
  });
}

function sentenceOf(at: MailServer, where: string, { code, response, message }: SmtpError): string {
  const said = response === '' ? '' : ` It said: ${response}`;
  switch (code) {
    case 'EAUTH':
      return `The mail server ${where} did not let ${at.user || 'us'} in: check the user and the password.${said}`;
    case 'EENVELOPE':
      return `The mail server ${where} takes no mail from or to these addresses: check them.${said}`;
    case 'ETLS':
      return `The mail server ${where} offers no encryption (STARTTLS): choose TLS on its port for it, or none where nobody can listen in.${said}`;
    case 'ESOCKET':
    case 'ECONNECTION':
    case 'EDNS':
    case 'ETIMEDOUT':
      return `The mail server ${where} cannot be reached: ${message}. Check the address, the port and whether that port speaks TLS from the start.`;
    default:
      return `The mail server ${where} did not take the mail: ${response || message}`;
  }
}

/** A server may say back what it was told, also in the form it is sent in. */
function smtpError(at: MailServer, thrown: unknown): SmtpError {
  const error = thrown as { code?: unknown; response?: unknown; message?: unknown };
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  const secrets =
    at.password === '' ? [] : [at.password, base64(at.password), base64(`\0${at.user}\0${at.password}`)];
  const clean = (text: unknown): string =>
    secrets.reduce(
      (rest, secret) => rest.replaceAll(secret, hidden),
      (typeof text === 'string' ? text : '').replaceAll(/\s+/g, ' ').trim().slice(0, 500),
    );
  return {
    code: typeof error.code === 'string' ? error.code : '',
    response: clean(error.response),
    message: clean(error.message),
  };
}
