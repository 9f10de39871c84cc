import { GIB, MIB } from '../../../shared/kernel/bytes.ts';
import type { InputOf } from '../../client/operation-types.ts';

/** A number field is text while it is empty. */
export type NumberText = number | string;

export type MinimumValues = { minDiskGib: NumberText; minMemoryMib: NumberText; minVcpus: NumberText };
export type TemplateValues = MinimumValues & {
  name: string;
  os: string;
  sourceKind: 'file' | 'url';
  path: string;
  url: string;
  sha256: string;
  /** Empty: every connected host. */
  hostIds: string[];
};

export const emptyTemplate: TemplateValues = {
  name: '',
  os: '',
  sourceKind: 'file',
  path: '',
  url: '',
  sha256: '',
  hostIds: [],
  minDiskGib: '',
  minMemoryMib: 512,
  minVcpus: 1,
};

const count = (value: NumberText): number => (typeof value === 'number' ? value : 0);
const isCount = (value: NumberText): boolean => value === '' || (typeof value === 'number' && value >= 0);

export const minimumProblems = {
  minDiskGib: (value: NumberText): string | null => (isCount(value) ? null : 'A size in GiB, or nothing.'),
  minMemoryMib: (value: NumberText): string | null => (isCount(value) ? null : 'A size in MiB, or nothing.'),
  minVcpus: (value: NumberText): string | null =>
    typeof value === 'number' && Number.isInteger(value) && value >= 1 ? null : 'At least 1.',
};

export const nameProblems = {
  name: (text: string): string | null => (text.trim() === '' ? 'As people will choose it: Debian 12.' : null),
  os: (text: string): string | null => (text.trim() === '' ? 'The system on it: Debian 12.' : null),
};

export const templateProblems = {
  ...minimumProblems,
  ...nameProblems,
  path: (text: string, values: TemplateValues): string | null =>
    values.sourceKind === 'file' && !/^(\/|[A-Za-z]:[\\/])/.test(text.trim())
      ? 'The whole path of the file, from the root of the disk.'
      : null,
  url: (text: string, values: TemplateValues): string | null =>
    values.sourceKind === 'url' && !/^https?:\/\/[^\s/]+\/\S+$/.test(text.trim())
      ? 'An address that begins with https:// and names the file.'
      : null,
  sha256: (text: string): string | null =>
    text.trim() === '' || /^[0-9a-f]{64}$/i.test(text.trim())
      ? null
      : '64 hexadecimal digits, as sha256sum prints them; or nothing.',
};

export function minimumsOf(values: MinimumValues): {
  minDiskBytes: number;
  minMemoryBytes: number;
  minVcpus: number;
} {
  return {
    minDiskBytes: Math.round(count(values.minDiskGib) * GIB),
    minMemoryBytes: Math.round(count(values.minMemoryMib) * MIB),
    minVcpus: count(values.minVcpus),
  };
}

export function importInput(values: TemplateValues): InputOf<'templates.templateImport'> {
  const sha256 = values.sha256.trim().toLowerCase();
  return {
    name: values.name.trim(),
    os: values.os.trim(),
    source:
      values.sourceKind === 'file'
        ? { kind: 'file', path: values.path.trim() }
        : { kind: 'url', url: values.url.trim() },
    hostIds: values.hostIds,
    ...(sha256 === '' ? {} : { sha256 }),
    ...minimumsOf(values),
  };
}

/** A first guess at name and system from the name of the image; empty where nothing is known of it. */
export function guessOf(source: string): { name: string; os: string } {
  const file = source.split(/[\\/?]/).findLast((part) => /\.(qcow2|img|raw)/i.test(part)) ?? '';
  const known: readonly [RegExp, string][] = [
    [/debian[-_]?(\d+)/i, 'Debian $1'],
    [/ubuntu[-_]?(\d+\.\d+)/i, 'Ubuntu $1'],
    [/(?:rocky)[-_]?(\d+(?:\.\d+)?)/i, 'Rocky Linux $1'],
    [/(?:almalinux)[-_]?(\d+(?:\.\d+)?)/i, 'AlmaLinux $1'],
    [/fedora\D*(\d+)/i, 'Fedora $1'],
    [/alpine\D*(\d+\.\d+)/i, 'Alpine Linux $1'],
  ];
  for (const [pattern, words] of known) {
    const found = pattern.exec(file);
    if (found) {
      const os = words.replace('$1', found[1] ?? '');
      return { name: os, os };
    }
  }
  const bare = file.replace(/\.(qcow2|img|raw).*$/i, '');
  return { name: bare, os: '' };
}
