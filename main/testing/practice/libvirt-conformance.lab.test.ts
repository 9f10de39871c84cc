import { afterAll, beforeAll, test } from 'vitest';
import { LibvirtConnection } from '../../platform/libvirt/libvirt-connection.ts';
import { connectSsh } from '../../platform/ssh/ssh-connect.ts';
import type { SshConnection } from '../../platform/ssh/ssh-connection.ts';
import { sshDialer } from '../../platform/ssh/ssh-pool.ts';
import { describeLab, labFromSetup } from '../lab/lab-in-test.ts';
import { behaviours } from './conformance.ts';
import { Subject } from './conformance-subject.ts';

describeLab('a real host does what the practice fleet is held to', () => {
  let ssh: SshConnection;
  let subject: Subject;
  beforeAll(async () => {
    const host = labFromSetup().host('hv1');
    ssh = await connectSsh({
      host: host.address,
      user: 'root',
      auth: { kind: 'key', privateKey: host.privateKey },
      hostKey: { algorithm: 'ssh-ed25519', fingerprint: host.hostKeyFingerprint },
    });
    const dial = sshDialer(() => Promise.resolve(ssh), ['/run/libvirt/libvirt-sock']);
    subject = new Subject(await LibvirtConnection.open({ dial }));
  });
  afterAll(async () => {
    await subject?.connection.close();
    await ssh?.close();
  });

  test.each(behaviours)('$title', async ({ check }) => {
    try {
      await check(subject);
    } finally {
      await subject.clean();
    }
  });
});
