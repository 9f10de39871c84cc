import { describe, expect, test } from 'vitest';
import { eventMessages } from './event-messages.ts';
import { fixtureBytes } from '../../testing/libvirt/fixture-bytes.ts';
import { encodeMessage, messageStatuses, messageTypes, programs } from './message-frame.ts';
import { MessageParser } from './message-parser.ts';
import { procedures } from './procedures.ts';
import { decodeWhole } from './xdr-codecs.ts';
import type { AnyCodec } from './xdr-codecs.ts';
import { errorReport } from './xdr-objects.ts';

const testDomain = { name: 'test', uuid: '6695eb01-f6a4-8304-79aa-97f2502e193f', id: 1 };
const fixtureGuest = { name: 'fixture', uuid: 'c7a5fdbd-edaf-9455-926a-d65c16db1809', id: 1 };

/** What each recorded packet says. `codec` is how we read it; writing it again has to give the same bytes. */
const packets: { file: string; codec: AnyCodec; means: unknown }[] = [
  {
    file: 'call-connect-open',
    codec: procedures.connectOpen.args,
    means: { name: 'qemu:///session', flags: 0 },
  },
  { file: 'reply-auth-list', codec: procedures.authList.result, means: { types: [0] } },
  {
    file: 'call-list-all-domains',
    codec: procedures.connectListAllDomains.args,
    means: { needResults: 1, flags: 3 },
  },
  {
    file: 'reply-list-all-domains',
    codec: procedures.connectListAllDomains.result,
    means: { domains: [testDomain], ret: 1 },
  },
  {
    file: 'reply-node-get-info',
    codec: procedures.nodeGetInfo.result,
    means: {
      model: 'i686',
      memory: 3_145_728,
      cpus: 16,
      mhz: 1_400,
      nodes: 2,
      sockets: 2,
      cores: 2,
      threads: 2,
    },
  },
  {
    file: 'call-set-metadata',
    codec: procedures.domainSetMetadata.args,
    means: { dom: testDomain, type: 0, metadata: 'hello', key: null, uri: null, flags: 0 },
  },
  {
    file: 'call-register-event',
    codec: procedures.connectDomainEventCallbackRegisterAny.args,
    means: { eventID: 26, dom: null },
  },
  {
    file: 'event-domain-lifecycle',
    codec: eventMessages.domainLifecycle.payload,
    means: { callbackID: 0, dom: fixtureGuest, event: 2, detail: 0 },
  },
  {
    file: 'event-agent-lifecycle',
    codec: eventMessages.domainAgentLifecycle.payload,
    means: { callbackID: 18, dom: fixtureGuest, state: 2, reason: 1 },
  },
  { file: 'reply-screenshot', codec: procedures.domainScreenshot.result, means: { mime: 'image/png' } },
  {
    file: 'call-agent-command',
    codec: procedures.qemuDomainAgentCommand.args,
    means: { dom: fixtureGuest, cmd: '{"execute":"guest-ping"}', timeout: 1, flags: 0 },
  },
  {
    file: 'call-migrate-perform3',
    codec: procedures.domainMigratePerform3Params.args,
    means: {
      dom: fixtureGuest,
      dconnuri: 'qemu+tcp://127.0.0.1:1/session',
      params: [{ field: 'bandwidth', type: 'ullong', value: 7 }],
      cookieIn: Buffer.alloc(0),
      flags: 3,
    },
  },
  {
    file: 'reply-error-no-domain',
    codec: errorReport,
    means: {
      code: 42,
      domain: 12,
      message: 'Domain not found',
      level: 2,
      dom: null,
      str1: 'Domain not found',
      str2: null,
      str3: null,
      int1: -1,
      int2: -1,
      net: null,
    },
  },
];

function onlyMessage(bytes: Buffer) {
  const [message, ...others] = new MessageParser().push(bytes);
  expect(others).toEqual([]);
  return message!;
}

describe('packets recorded from libvirt 9.0', () => {
  test.each(packets)('$file is read, and written to the byte', ({ file, codec, means }) => {
    const bytes = fixtureBytes(file);
    const message = onlyMessage(bytes);
    expect(decodeWhole(codec, message.payload, file)).toEqual(means);
    expect(encodeMessage(message, codec, means)).toEqual(bytes);
  });

  test('a 64-bit counter beyond 2^53 is the nearest number', () => {
    const { payload } = onlyMessage(fixtureBytes('reply-domain-get-info'));
    const info = decodeWhole(procedures.domainGetInfo.result, payload, 'info');
    expect(info).toMatchObject({ state: 1, maxMem: 8_388_608, memory: 2_097_152, nrVirtCpu: 2 });
    expect(info.cpuTime).toBe(Number(payload.readBigUInt64BE(payload.length - 8)));
    expect(info.cpuTime).toBeGreaterThan(Number.MAX_SAFE_INTEGER);
  });

  test('the end of a stream is a header and nothing else', () => {
    const message = onlyMessage(fixtureBytes('stream-finish'));
    expect(message).toMatchObject({
      program: programs.remote,
      procedure: procedures.domainScreenshot.number,
      type: messageTypes.stream,
      status: messageStatuses.ok,
    });
    expect(message.payload.length).toBe(0);
  });

  test('statistics of a running guest become a plain record', () => {
    const { payload } = onlyMessage(fixtureBytes('reply-domain-stats-qemu'));
    const { retStats } = decodeWhole(procedures.connectGetAllDomainStats.result, payload, 'stats');
    expect(retStats).toHaveLength(1);
    expect(retStats[0]!.dom).toEqual(fixtureGuest);
    const params = retStats[0]!.params.record();
    expect(params).toMatchObject({
      'state.state': 1,
      'vcpu.maximum': 2,
      'balloon.maximum': 65_536,
      'block.0.path': '/var/lib/libvirt/images/a.qcow2',
      'block.0.capacity': 67_108_864,
    });
    expect(Object.keys(params).length).toBeGreaterThan(35);
  });
});
