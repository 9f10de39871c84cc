import { allOperations } from '../../../shared/contract/contract.ts';
import type { Operation } from '../../../shared/contract/operation.ts';
import type { WireError } from '../../../shared/contract/wire-error.ts';
import { mayDo } from '../../../shared/domains/access/role-rules.ts';
import type { Actor } from '../../platform/calls/call-context.ts';
import { badInput } from './translate-error.ts';

const operations: ReadonlyMap<string, Operation> = allOperations();

/** Finds an operation and checks input and permission: the same door for calls and feeds. */
export function admit(
  op: string,
  input: unknown,
  actor: Actor,
): { operation: Operation; input: unknown } | { error: WireError } {
  const found = findOperation(op);
  if ('error' in found) return found;
  const { operation } = found;
  const forbidden = whyForbidden(operation, actor);
  if (forbidden) return { error: forbidden };
  const parsed = operation.input.safeParse(input ?? {});
  return parsed.success ? { operation, input: parsed.data } : { error: badInput(parsed.error) };
}

export function findOperation(op: string): { operation: Operation } | { error: WireError } {
  const operation = operations.get(op);
  if (operation !== undefined) return { operation };
  return {
    error: {
      kind: 'unknown-operation',
      operation: op,
      sentence: `There is no operation "${op}"; "innkeeper ops" lists them all.`,
    },
  };
}

export function whyForbidden(operation: Operation, actor: Actor): WireError | undefined {
  if (mayDo(actor.role, operation.permission)) return undefined;
  const permission = operation.permission ?? '';
  return {
    kind: 'forbidden',
    permission,
    sentence: `The role ${actor.role} of ${actor.login} does not include ${permission}.`,
  };
}
