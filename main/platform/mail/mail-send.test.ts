import { getCACertificates, rootCertificates, setDefaultCACertificates } from 'node:tls';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  localhostCertificate,
  startMailServer,
  type MailServerForTest,
} from '../../testing/mail/mail-server.ts';
import { sendMail, type MailServer } from './mail-send.ts';

const mail = {
  messageId: '<1@innkeeper.invalid>',
  from: 'innkeeper@acme.example',
  to: ['ops@acme.example'],
  subject: 'hv7',
  text: 'hv7',
  html: 'hv7',
};
const usual = getCACertificates('default');
let server: MailServerForTest;

beforeEach(async () => {
  server = await startMailServer();
});
afterEach(async () => {
  setDefaultCACertificates(usual);
  await server.close();
});

function at(certificate: string): MailServer {
  const { port } = server;
  return {
    server: 'localhost',
    port,
    security: 'starttls',
    user: 'alerts',
    password: 'correct horse',
    certificate,
  };
}

test('a certificate of one’s own is trusted beside those of this machine, not instead of them', async () => {
  const other = rootCertificates[0] ?? '';
  const never = new AbortController().signal;
  await expect(sendMail(at(other), mail, never)).rejects.toThrow(/self.signed certificate/i);
  setDefaultCACertificates([...usual, localhostCertificate]);
  expect(await sendMail(at(other), mail, never)).toEqual({ rejected: [] });
});

test('a mail that is called off is let go of at once, whatever the server does', async () => {
  const calledOff = new AbortController();
  const reached = Promise.withResolvers<void>();
  const held = Promise.withResolvers<void>();
  server.onMail = async () => {
    reached.resolve();
    await held.promise;
  };
  const sending = sendMail(at(localhostCertificate), mail, calledOff.signal);
  await reached.promise;
  calledOff.abort(new Error('the engine stops'));
  await expect(sending).rejects.toThrow('the engine stops');
  held.resolve();
});
