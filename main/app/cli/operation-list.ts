import { z } from 'zod';
import { allOperations } from '../../../shared/contract/contract.ts';

/** Every operation of the contract as data: what `innkeeper ops --json` prints. */
export function operationList(): {
  name: string;
  kind: string;
  summary: string;
  permission: string | null;
  input: unknown;
  refusals: Readonly<Record<string, string>>;
}[] {
  return [...allOperations()].map(([name, operation]) => ({
    name,
    kind: operation.kind,
    summary: operation.summary,
    permission: operation.permission,
    input: z.toJSONSchema(operation.input, { io: 'input', unrepresentable: 'any' }),
    refusals: operation.refusals,
  }));
}

/** The same for people, by domain. */
export function operationText(): string {
  const names = [...allOperations()];
  const width = Math.max(...names.map(([name]) => name.length));
  const lines: string[] = [];
  let domain = '';
  for (const [name, operation] of names) {
    const [own = ''] = name.split('.');
    if (own !== domain) lines.push('', own);
    domain = own;
    lines.push(`  ${name.padEnd(width)}  ${operation.kind.padEnd(7)}  ${operation.summary}`);
  }
  return `${lines.slice(1).join('\n')}\n`;
}
