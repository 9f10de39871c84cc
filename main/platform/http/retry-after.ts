/** Longer than this no server is left alone because it says so. */
export const RETRY_AFTER_MAX_MS = 3_600_000;

/**
 * The wait a server asks for, as whole milliseconds, an hour at most; undefined for what is no time.
 * RFC 9110, 10.2.3; some servers send fractions of a second.
 */
export function retryAfterMs(seconds: unknown): number | undefined {
  const asked = typeof seconds === 'string' && seconds.trim() !== '' ? Number(seconds) : seconds;
  if (typeof asked !== 'number' || !Number.isFinite(asked) || asked < 0) return undefined;
  return Math.min(Math.ceil(asked * 1000), RETRY_AFTER_MAX_MS);
}
