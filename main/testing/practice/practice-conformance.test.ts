import { afterAll, beforeAll, describe, test } from 'vitest';
import { LibvirtConnection } from '../../platform/libvirt/libvirt-connection.ts';
import { unixDialer } from '../../platform/libvirt/socket-dialers.ts';
import { behaviours } from './conformance.ts';
import { Subject } from './conformance-subject.ts';
import { startPracticeFleet } from './practice-fleet.ts';
import type { PracticeFleet } from './practice-fleet.ts';

describe('a practice host does what libvirt does', () => {
  let fleet: PracticeFleet;
  let subject: Subject;
  beforeAll(async () => {
    fleet = await startPracticeFleet({ hosts: 1, vms: 8, bootMs: 200 });
    const [host] = fleet.hosts;
    subject = new Subject(await LibvirtConnection.open({ dial: unixDialer(host!.socketPath) }));
  });
  afterAll(async () => {
    await subject?.connection.close();
    await fleet?.stop();
  });

  test.each(behaviours)('$title', async ({ check }) => {
    try {
      await check(subject);
    } finally {
      await subject.clean();
    }
  });
});
