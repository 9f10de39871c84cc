/**
 * How the hours of a VM are counted, as arithmetic alone.
 *
 * A VM is *powered* while its host keeps it active: running, blocked, paused, suspended or shutting down (a paused VM keeps
 * its memory and its place). Its mark says how far it has been counted and what was true then; each sight of it on its host
 * closes the time since the mark and becomes the next mark, so every millisecond is looked at exactly once.
 *
 * What is counted between a mark and a sight:
 * - the whole of it, when both are powered and it is provably the same boot: same boot of the host, same instance number of
 *   the domain, and a CPU time that did not fall. This also closes the time in which nobody collected (the console was shut,
 *   the host was cut off), because a guest that was switched off meanwhile cannot have kept its instance number.
 * - else only what the domain's own CPU time proves: a guest with n vCPUs that has used t seconds of CPU since its boot has
 *   been on for at least t/n. Somebody switched it on without us hearing of it.
 * - nothing, when it is not powered now. An orderly switch-off is heard as an event and closes its time by itself.
 * - nothing across a gap of more than 40 days: such a record is taken for lost rather than billed.
 */
export interface UsageMark {
  /** Clock of the store, epoch milliseconds. */
  readonly atMs: number;
  readonly powered: boolean;
  /** Names one boot of the guest: the host's boot id and the domain's instance number. */
  readonly boot: string;
  /** CPU time the guest has used since its boot. */
  readonly cpuTimeMs: number;
  readonly vcpus: number;
  readonly memoryMib: number;
}

export interface UsageSlice {
  /** Beginning of the hour, UTC, epoch milliseconds. */
  readonly hourAtMs: number;
  readonly runningMs: number;
  readonly vcpuMs: number;
  readonly memoryMibMs: number;
}

export const HOUR_MS = 3_600_000;
export const LONGEST_GAP_MS = 40 * 24 * HOUR_MS;

/** What the VM used between its mark and this sight, by hour. A sight that is not later than the mark counts nothing. */
export function accrueUsage(mark: UsageMark, sight: UsageMark): UsageSlice[] {
  const gapMs = sight.atMs - mark.atMs;
  if (gapMs <= 0 || gapMs > LONGEST_GAP_MS || !sight.powered) return [];
  if (isSameBoot(mark, sight)) return slices(mark.atMs, sight.atMs, mark);
  const provenMs = Math.min(gapMs, Math.floor(sight.cpuTimeMs / Math.max(1, sight.vcpus)));
  return slices(sight.atMs - provenMs, sight.atMs, sight);
}

/** What the VM used up to the moment its host says it was switched off. `boot` is the boot that ended. */
export function accrueUntilOff(mark: UsageMark, off: { atMs: number; boot: string }): UsageSlice[] {
  return accrueUsage(mark, {
    ...mark,
    atMs: off.atMs,
    boot: off.boot,
    powered: mark.powered && mark.boot === off.boot,
  });
}

/** The mark after a sight: time never goes back, whatever the clock does. */
export function nextMark(mark: UsageMark | undefined, sight: UsageMark): UsageMark {
  return mark === undefined || sight.atMs > mark.atMs ? sight : mark;
}

/**
 * Whether the mark can stay where it is: it is the same boot of the same size, and neither an hour nor `everyMs` has passed. What was not
 * counted now is counted with the next sight, to the millisecond; only what a host that dies ran since its last mark is lost.
 */
export function mayWait(mark: UsageMark, sight: UsageMark, everyMs: number): boolean {
  const isAlike =
    mark.powered === sight.powered &&
    mark.vcpus === sight.vcpus &&
    mark.memoryMib === sight.memoryMib &&
    (!mark.powered || isSameBoot(mark, sight));
  const isSoon = sight.atMs - mark.atMs < everyMs && sight.atMs >= mark.atMs;
  return isAlike && isSoon && Math.floor(mark.atMs / HOUR_MS) === Math.floor(sight.atMs / HOUR_MS);
}

function isSameBoot(mark: UsageMark, sight: UsageMark): boolean {
  return mark.powered && mark.boot === sight.boot && sight.cpuTimeMs >= mark.cpuTimeMs;
}

function slices(fromMs: number, untilMs: number, size: Pick<UsageMark, 'vcpus' | 'memoryMib'>): UsageSlice[] {
  const found: UsageSlice[] = [];
  for (let at = fromMs; at < untilMs;) {
    const hourAtMs = Math.floor(at / HOUR_MS) * HOUR_MS;
    const end = Math.min(hourAtMs + HOUR_MS, untilMs);
    const runningMs = end - at;
    found.push({
      hourAtMs,
      runningMs,
      vcpuMs: runningMs * size.vcpus,
      memoryMibMs: runningMs * size.memoryMib,
    });
    at = end;
  }
  return found;
}
