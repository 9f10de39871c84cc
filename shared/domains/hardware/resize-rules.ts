import { formatBytes } from '../../kernel/bytes.ts';

/** One thing a change does, in words, and when: said before it is done and after. */
export interface HardwareEffect {
  readonly what: string;
  readonly from: string;
  readonly to: string;
  readonly when: 'now' | 'next-start';
  /** Why not now, or what to expect; a clause, empty where there is nothing to say. */
  readonly why: string;
}

export interface SizeWanted {
  readonly vcpus: number;
  /** Null: as it is. */
  readonly memoryBytes: number | null;
  /** So many vCPUs can be added while it runs, from its next start on; never fewer than `vcpus`. */
  readonly vcpusMax: number;
}

interface Size {
  readonly vcpus: number;
  readonly vcpusMax: number;
  readonly memoryBytes: number;
  readonly memoryMaxBytes: number;
}

interface RunningSize extends Size {
  readonly hasBalloon: boolean;
  /** vCPUs it was started with: a running guest gives back only those that were added since. */
  readonly vcpusFixed: number;
}

/** CPU and memory as a VM runs with them, and as its next start will. */
export interface SizeNow {
  readonly running: RunningSize | null;
  /** Null for one that has no definition and is gone when it stops. */
  readonly next: Size | null;
}

export interface ResizePlan {
  readonly effects: readonly HardwareEffect[];
  /** What is done to the running instance; null where nothing is. */
  readonly live: { readonly vcpus: number | null; readonly memoryBytes: number | null };
  readonly config: SizeWanted | null;
}

/**
 * What a resize does now and what at the next start. vCPUs are added to a running guest up to what it was started with room for, and
 * those that were added are taken back if it lets them go. Memory is lent and taken back by the balloon below what it was started with.
 */
export function resizePlan(now: SizeNow, wanted: SizeWanted): ResizePlan {
  const live = { vcpus: liveVcpus(now.running, wanted), memoryBytes: liveMemory(now.running, wanted) };
  return {
    effects: [...liveEffects(now.running, live), ...waitingEffects(now, wanted, live)],
    live,
    config: isAsWanted(now.next, wanted) ? null : wanted,
  };
}

const TAKEN_BACK = 'taken from the running guest if it lets them go, else at its next start';

function liveEffects(running: RunningSize | null, live: ResizePlan['live']): HardwareEffect[] {
  if (running === null) return [];
  const effects: HardwareEffect[] = [];
  if (live.vcpus !== null)
    effects.push({
      ...vcpuWords(running.vcpus, live.vcpus),
      when: 'now',
      why: live.vcpus > running.vcpus ? 'added to the running guest' : TAKEN_BACK,
    });
  if (live.memoryBytes !== null)
    effects.push({
      ...memoryWords(running.memoryBytes, live.memoryBytes),
      when: 'now',
      why:
        live.memoryBytes < running.memoryBytes
          ? 'its balloon driver gives the rest back'
          : 'its balloon driver takes it up',
    });
  return effects;
}

function waitingEffects(
  { running, next }: SizeNow,
  wanted: SizeWanted,
  live: ResizePlan['live'],
): HardwareEffect[] {
  const effects: HardwareEffect[] = [];
  const { vcpus, memoryBytes, vcpusMax } = wanted;
  const waits = running ?? next;
  if (waits !== null && waits.vcpus !== vcpus && live.vcpus === null)
    effects.push({
      ...vcpuWords(waits.vcpus, vcpus),
      when: 'next-start',
      why: whyVcpusWait(running, vcpus),
    });
  if (waits !== null && memoryBytes !== null && waits.memoryMaxBytes !== memoryBytes)
    effects.push({
      ...memoryWords(waits.memoryMaxBytes, memoryBytes),
      when: 'next-start',
      why: whyMemoryWaits(running, memoryBytes),
    });
  if (next !== null && vcpusMax !== next.vcpusMax)
    effects.push({
      what: 'Room for vCPUs',
      from: String(next.vcpusMax),
      to: String(vcpusMax),
      when: 'next-start',
      why: vcpusMax > vcpus ? 'so many can be added while it runs' : '',
    });
  return effects;
}

/**
 * What came of a plan whose running guest did not take or give all vCPUs: it has `vcpus` of them, and the rest waits. `why` completes
 * "at its next start: …".
 */
export function withVcpusLeft(
  plan: ResizePlan,
  left: { readonly before: number; readonly vcpus: number; readonly why: string },
): HardwareEffect[] {
  const { vcpus: wanted } = plan.live;
  if (wanted === null) return [...plan.effects];
  return plan.effects.flatMap((effect): HardwareEffect[] => {
    if (effect.what !== VCPUS || effect.when !== 'now') return [effect];
    const some: HardwareEffect = { ...vcpuWords(left.before, left.vcpus), when: 'now', why: 'so far' };
    const rest: HardwareEffect = {
      ...vcpuWords(left.vcpus, wanted),
      when: 'next-start',
      why: left.why,
    };
    return left.vcpus === left.before ? [rest] : [some, rest];
  });
}

const VCPUS = 'vCPUs';

function vcpuWords(from: number, to: number): Pick<HardwareEffect, 'what' | 'from' | 'to'> {
  return { what: VCPUS, from: String(from), to: String(to) };
}

function memoryWords(fromBytes: number, toBytes: number): Pick<HardwareEffect, 'what' | 'from' | 'to'> {
  return { what: 'Memory', from: formatBytes(fromBytes), to: formatBytes(toBytes) };
}

function isAsWanted(next: Size | null, { vcpus, vcpusMax, memoryBytes }: SizeWanted): boolean {
  if (next === null) return true;
  const isMemory =
    memoryBytes === null || (next.memoryBytes === memoryBytes && next.memoryMaxBytes === memoryBytes);
  return isMemory && next.vcpus === vcpus && next.vcpusMax === vcpusMax;
}

function liveVcpus(running: RunningSize | null, { vcpus }: SizeWanted): number | null {
  if (running === null || vcpus === running.vcpus) return null;
  return vcpus >= running.vcpusFixed && vcpus <= running.vcpusMax ? vcpus : null;
}

function liveMemory(running: RunningSize | null, { memoryBytes }: SizeWanted): number | null {
  const canMove =
    running !== null &&
    memoryBytes !== null &&
    running.hasBalloon &&
    memoryBytes !== running.memoryBytes &&
    memoryBytes <= running.memoryMaxBytes;
  return canMove ? memoryBytes : null;
}

function whyVcpusWait(running: RunningSize | null, vcpus: number): string {
  if (running === null) return '';
  return vcpus < running.vcpus
    ? `it was started with ${running.vcpusFixed}, which a running guest does not give back`
    : `it was started with room for ${running.vcpusMax}`;
}

function whyMemoryWaits(running: RunningSize | null, memoryBytes: number): string {
  if (running === null) return '';
  if (memoryBytes > running.memoryMaxBytes)
    return `it was started with ${formatBytes(running.memoryMaxBytes)}, and grows beyond that only when it starts`;
  return running.hasBalloon
    ? 'until then it keeps its place on the host, and is counted with it'
    : 'it has no balloon driver';
}
