const STEPS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;

export const KIB = 1024;
export const MIB = 1024 ** 2;
export const GIB = 1024 ** 3;

/** `1536` → `{ value: '1.5', unit: 'KiB' }`; one decimal below 10, none above, so that columns stay narrow. */
export function splitBytes(bytes: number): { value: string; unit: (typeof STEPS)[number] } {
  let value = Math.abs(bytes);
  let step = 0;
  while (value >= 1024 && step < STEPS.length - 1) {
    value /= 1024;
    step += 1;
  }
  const digits = step === 0 || value >= 10 || Number.isInteger(value) ? 0 : 1;
  return { value: (bytes < 0 ? '-' : '') + value.toFixed(digits), unit: STEPS[step] ?? 'B' };
}

export function formatBytes(bytes: number): string {
  const { value, unit } = splitBytes(bytes);
  return `${value} ${unit}`;
}
