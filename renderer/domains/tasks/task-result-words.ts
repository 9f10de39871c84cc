import { formatBytes } from '../../../shared/kernel/bytes.ts';

const OWN: Readonly<Record<string, string>> = { sha256: 'SHA-256' };

/** A line of a task's result for people: `virtualSizeBytes: 100663296` → `Virtual size`, `96 MiB`. */
export function taskResultWords(key: string, value: unknown): { label: string; value: string } {
  const isBytes = key.endsWith('Bytes') && typeof value === 'number';
  const words = key.replace(/Bytes$/, '').replaceAll(/[A-Z]/g, (capital) => ` ${capital.toLowerCase()}`);
  return {
    label: OWN[key] ?? words.charAt(0).toUpperCase() + words.slice(1),
    value: isBytes ? formatBytes(value) : typeof value === 'boolean' ? (value ? 'yes' : 'no') : String(value),
  };
}
