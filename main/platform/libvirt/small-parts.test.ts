import { describe, expect, test } from 'vitest';
import { CallPlaces } from './call-places.ts';
import type { Ticket } from './call-places.ts';
import { dialHost } from './dialer.ts';
import {
  blockJobStatusName,
  domainStateName,
  domainStateReasonName,
  lifecycleDetailName,
  lifecycleEventName,
} from './enum-names.ts';
import { errorCodeName, errorDomainName } from './error-codes.ts';
import { unpackVersion } from './host-calls.ts';
import { protocolName } from './procedure.ts';
import { everyProcedure, procedureByNumber, procedures, procedureTitle } from './procedures.ts';
import { programs } from './message-frame.ts';
import { ReconnectPause } from './reconnect-pause.ts';
import { tcpDialer, unixDialer } from './socket-dialers.ts';

describe('numbers have names, and unknown ones survive', () => {
  test.each([
    [domainStateName(1), 'running'],
    [domainStateName(17), 'unknown-17'],
    [domainStateReasonName(3, 5), 'ioerror'],
    [domainStateReasonName(3, 99), 'unknown-99'],
    [domainStateReasonName(99, 1), 'unknown-1'],
    [lifecycleEventName(2), 'started'],
    [lifecycleEventName(40), 'unknown-40'],
    [lifecycleDetailName(5, 2), 'crashed'],
    [lifecycleDetailName(40, 2), 'unknown-2'],
    [blockJobStatusName(3), 'ready'],
    [errorCodeName(42), 'VIR_ERR_NO_DOMAIN'],
    [errorCodeName(4_711), 'VIR_ERR_unknown-4711'],
    [errorDomainName(10), 'VIR_FROM_QEMU'],
    [errorDomainName(4_711), 'VIR_FROM_unknown-4711'],
    [unpackVersion(9_000_003).text, '9.0.3'],
  ])('%s', (name, expected) => {
    expect(name).toBe(expected);
  });
});

describe('the table of procedures', () => {
  test('names are those of remote_protocol.x', () => {
    expect(protocolName('domainMigratePerform3Params')).toBe('DOMAIN_MIGRATE_PERFORM3_PARAMS');
    expect(procedureTitle(programs.remote, procedures.domainGetXmlDesc.number)).toBe('DOMAIN_GET_XML_DESC');
    expect(procedureTitle(programs.qemu, 77)).toBe('procedure 77 of program 0x20008087');
  });

  test('no number is used twice, and every one is found by its number', () => {
    for (const { name, procedure } of everyProcedure()) {
      expect(procedureByNumber(programs[procedure.program], procedure.number)).toBe(name);
    }
  });

  test('every call has a deadline or says why not', () => {
    const unbounded = everyProcedure().filter(({ procedure }) => 'unboundedBecause' in procedure.deadline);
    expect(unbounded.map(({ name }) => name)).toContain('domainCreateWithFlags');
    for (const { procedure } of everyProcedure()) {
      const { deadline } = procedure;
      expect('ms' in deadline ? deadline.ms >= 1_000 : deadline.unboundedBecause.length > 20).toBe(true);
    }
  });
});

describe('places in flight', () => {
  function ticket(name: string, priority: 'high' | 'low', started: string[]): Ticket {
    return { priority, isUnbounded: name.startsWith('endless'), start: () => started.push(name) };
  }

  test('a slow call with a deadline finds a place beside any number that have none', () => {
    const places = new CallPlaces();
    const started: string[] = [];
    const endless = Array.from({ length: 5 }, (_, index) => ticket(`endless${index}`, 'low', started));
    for (const one of [...endless, ticket('sweep', 'low', started)]) places.enter(one);
    expect(started).toEqual(['endless0', 'endless1', 'endless2', 'sweep']);
    places.leave(endless[0]!);
    expect(started.slice(4)).toEqual(['endless3']);
  });

  test('five at once, four of them slow, quick ones first', () => {
    const places = new CallPlaces();
    const started: string[] = [];
    const slow = Array.from({ length: 6 }, (_, index) => ticket(`slow${index}`, 'low', started));
    const quick = Array.from({ length: 2 }, (_, index) => ticket(`quick${index}`, 'high', started));
    for (const one of [...slow, ...quick]) places.enter(one);
    expect(started).toEqual(['slow0', 'slow1', 'slow2', 'slow3', 'quick0']);
    places.leave(slow[0]!);
    expect(started.slice(5)).toEqual(['quick1']);
    places.leave(quick[0]!);
    expect(started.slice(6)).toEqual(['slow4']);
    places.leave(slow[5]!);
    places.leave(quick[1]!);
    places.leave(slow[1]!);
    expect(started).toHaveLength(7);
  });
});

describe('pauses before dialling again', () => {
  test.each([
    { failures: 0, random: 0, pauseMs: 250 },
    { failures: 0, random: 1, pauseMs: 500 },
    { failures: 3, random: 0.5, pauseMs: 3_000 },
    { failures: 60, random: 1, pauseMs: 30_000 },
    { failures: 60, random: 0, pauseMs: 15_000 },
  ])('after $failures failures, at random $random: $pauseMs ms', ({ failures, random, pauseMs }) => {
    expect(new ReconnectPause({ firstMs: 500, mostMs: 30_000, random: () => random }).next(failures)).toBe(
      pauseMs,
    );
  });
});

describe('dialling', () => {
  test('tries the modular daemon first, then the monolithic one', async () => {
    const tried: string[] = [];
    const dial = dialHost((path) => {
      tried.push(path);
      return Promise.reject(new Error(`nothing at ${path}`));
    });
    await expect(dial(new AbortController().signal)).rejects.toThrow(
      'No libvirt daemon could be reached. nothing at /run/libvirt/virtqemud-sock nothing at /run/libvirt/libvirt-sock',
    );
    expect(tried.slice(0, 2)).toEqual(['/run/libvirt/virtqemud-sock', '/run/libvirt/libvirt-sock']);
  });

  test('stops trying when it is told to', async () => {
    const stop = new AbortController();
    const dial = dialHost(() => {
      stop.abort(new Error('enough'));
      return Promise.reject(new Error('first'));
    });
    await expect(dial(stop.signal)).rejects.toThrow('enough');
  });

  test.each([
    {
      what: 'a socket that is not there',
      dial: unixDialer('/nonexistent/libvirt-sock'),
      says: /is libvirt installed/,
    },
    {
      what: 'a port nobody listens on',
      dial: tcpDialer({ host: '127.0.0.1', port: 1 }),
      says: /127\.0\.0\.1:1 cannot be reached/,
    },
  ])('$what is said in words', async ({ dial, says }) => {
    await expect(dial(AbortSignal.timeout(60_000))).rejects.toThrow(says);
  });
});
