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
  readonly memoryBytes: number;
  /** So many vCPUs can be added while it runs, from its next start on; never fewer than `vcpus`. */
  readonly vcpusMax: number;
}

/** CPU and memory as a VM runs with them, and as its next start will. */
export interface SizeNow {
  readonly running: {
    readonly vcpus: number;
    readonly vcpusMax: number;
    readonly memoryBytes: number;
    readonly memoryMaxBytes: number;
    readonly hasBalloon: boolean;
  } | null;
  /** Null for one that has no definition and is gone when it stops. */
  readonly next: {
    readonly vcpus: number;
    readonly vcpusMax: number;
    readonly memoryBytes: number;
    readonly memoryMaxBytes: number;
  } | null;
}

export interface ResizePlan {
  readonly effects: readonly HardwareEffect[];
  /** What is done to the running instance; null where nothing is. */
  readonly live: { readonly vcpus: number | null; readonly memoryBytes: number | null };
  readonly config: SizeWanted | null;
}

/**
 * What a resize does now and what at the next start. vCPUs are added to a running guest up to what it was started with room for, and never
 * taken from it: a guest seldom lets go. Memory is lent and taken back by the balloon below what it was started with.
 */
export function resizePlan({ running, next }: SizeNow, wanted: SizeWanted): ResizePlan {
  const effects: HardwareEffect[] = [];
  const live = { vcpus: liveVcpus(running, wanted), memoryBytes: liveMemory(running, wanted) };
  const cpu = { what: 'vCPUs', to: String(wanted.vcpus) };
  const memory = { what: 'Memory', to: formatBytes(wanted.memoryBytes) };
  if (running !== null && live.vcpus !== null)
    effects.push({ ...cpu, from: String(running.vcpus), when: 'now', why: 'added to the running guest' });
  if (running !== null && live.memoryBytes !== null)
    effects.push({
      ...memory,
      from: formatBytes(running.memoryBytes),
      when: 'now',
      why:
        wanted.memoryBytes < running.memoryBytes
          ? 'its balloon driver gives the rest back'
          : 'its balloon driver takes it up',
    });
  const waits = running ?? next;
  if (waits !== null && waits.vcpus !== wanted.vcpus && live.vcpus === null)
    effects.push({
      ...cpu,
      from: String(waits.vcpus),
      when: 'next-start',
      why: whyVcpusWait(running, wanted),
    });
  if (waits !== null && waits.memoryMaxBytes !== wanted.memoryBytes)
    effects.push({
      ...memory,
      from: formatBytes(waits.memoryMaxBytes),
      when: 'next-start',
      why: whyMemoryWaits(running, wanted),
    });
  if (next !== null && wanted.vcpusMax !== next.vcpusMax)
    effects.push({
      what: 'Room for vCPUs',
      from: String(next.vcpusMax),
      to: String(wanted.vcpusMax),
      when: 'next-start',
      why: wanted.vcpusMax > wanted.vcpus ? 'so many can be added while it runs' : '',
    });
  const isSame =
    next === null ||
    (next.vcpus === wanted.vcpus &&
      next.vcpusMax === wanted.vcpusMax &&
      next.memoryBytes === wanted.memoryBytes &&
      next.memoryMaxBytes === wanted.memoryBytes);
  return { effects, live, config: isSame ? null : wanted };
}

function liveVcpus(running: SizeNow['running'], wanted: SizeWanted): number | null {
  const canAdd = running !== null && wanted.vcpus > running.vcpus && wanted.vcpus <= running.vcpusMax;
  return canAdd ? wanted.vcpus : null;
}

function liveMemory(running: SizeNow['running'], wanted: SizeWanted): number | null {
  const canMove =
    running !== null &&
    running.hasBalloon &&
    wanted.memoryBytes !== running.memoryBytes &&
    wanted.memoryBytes <= running.memoryMaxBytes;
  return canMove ? wanted.memoryBytes : null;
}

function whyVcpusWait(running: SizeNow['running'], wanted: SizeWanted): string {
  if (running === null) return '';
  return wanted.vcpus < running.vcpus
    ? 'a running guest does not give vCPUs back'
    : `it was started with room for ${running.vcpusMax}`;
}

function whyMemoryWaits(running: SizeNow['running'], wanted: SizeWanted): string {
  if (running === null) return '';
  if (wanted.memoryBytes > running.memoryMaxBytes)
    return `it was started with ${formatBytes(running.memoryMaxBytes)}, and grows beyond that only when it starts`;
  return running.hasBalloon
    ? 'until then it keeps its place on the host, and is counted with it'
    : 'it has no balloon driver';
}
