import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';

/** A key that opens nothing but this server of the tests. */
const key = readFileSync(new URL('./localhost-key.pem', import.meta.url), 'utf8');
export const localhostCertificate = readFileSync(new URL('./localhost-cert.pem', import.meta.url), 'utf8');

export interface TakenMail {
  readonly raw: string;
  readonly from: string;
  readonly to: readonly string[];
  /** Whether it came over TLS, and who had logged in. */
  readonly secure: boolean;
  readonly user: string;
}

export interface MailServerForTest {
  readonly port: number;
  readonly mails: readonly TakenMail[];
  /** Users that tried to log in. */
  readonly logins: readonly string[];
  /** Addresses it takes no mail for. */
  readonly refused: Set<string>;
  /** Called with each mail before the server says that it has it. */
  onMail: (mail: TakenMail) => Promise<void> | void;
  close(): Promise<void>;
}

/** A mail server of its own on this machine that demands STARTTLS (or does not even know it) and a login. */
export async function startMailServer(
  login: { user: string; password: string } = { user: 'alerts', password: 'correct horse' },
  { offersTls = true }: { offersTls?: boolean } = {},
): Promise<MailServerForTest> {
  const mails: TakenMail[] = [];
  const logins: string[] = [];
  const refused = new Set<string>();
  const server = new SMTPServer({
    key,
    cert: localhostCertificate,
    authMethods: ['PLAIN', 'LOGIN'],
    disableReverseLookup: true,
    logger: false,
    ...(offersTls ? {} : { disabledCommands: ['STARTTLS'], allowInsecureAuth: true }),
    onRcptTo: ({ address }, _session, answer) => {
      if (refused.has(address)) answer(new Error('550 5.1.1 No such user here'));
      else answer();
    },
    onAuth: (auth, _session, answer) => {
      logins.push(String(auth.username));
      if (auth.username === login.user && auth.password === login.password)
        answer(null, { user: auth.username });
      // As careless as servers can be: it says back what it was told.
      else answer(new Error(`535 5.7.8 bad credentials ${auth.username}/${auth.password}`));
    },
    onData: (stream, session, answer) => {
      const pieces: Buffer[] = [];
      stream.on('data', (piece: Buffer) => pieces.push(piece));
      stream.on('end', () => {
        const from = session.envelope.mailFrom;
        const mail: TakenMail = {
          raw: Buffer.concat(pieces).toString('utf8'),
          from: from === false ? '' : from.address,
          to: session.envelope.rcptTo.map((recipient) => recipient.address),
          secure: session.secure,
          user: String(session.user ?? ''),
        };
        mails.push(mail);
        void Promise.resolve(made.onMail(mail)).then(() => answer());
      });
    },
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const made: MailServerForTest = {
    port: (server.server.address() as AddressInfo).port,
    mails,
    logins,
    refused,
    onMail: () => undefined,
    close: async () =>
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
      }),
  };
  server.on('error', () => undefined);
  return made;
}

/** The value of a header, its lines joined; quoted-printable bodies are left as they are. */
export function headerOf(mail: TakenMail, name: string): string {
  const [head = ''] = mail.raw.split(/\r?\n\r?\n/);
  const unfolded = head.replaceAll(/\r?\n[ \t]+/g, ' ');
  return new RegExp(`^${name}: (.*)$`, 'im').exec(unfolded)?.[1]?.trim() ?? '';
}

/** All of a mail's text with quoted-printable undone, as far as ASCII goes. */
export function textOf(mail: TakenMail): string {
  return mail.raw
    .replaceAll(/=\r?\n/g, '')
    .replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
}
