import { unbounded, protocolName } from './procedure.ts';
import type { Procedure } from './procedure.ts';
import { connectProcedures } from './procedures-connect.ts';
import { domainProcedures } from './procedures-domain.ts';
import { jobProcedures } from './procedures-jobs.ts';
import { networkProcedures } from './procedures-network.ts';
import { storageProcedures } from './procedures-storage.ts';
import { flagBits, int, optional, struct, text } from './xdr-codecs.ts';
import { domainRef } from './xdr-objects.ts';
import { programs } from './message-frame.ts';

/** The QEMU-only program: the guest agent in its own words. */
const qemuProcedures = {
  qemuDomainAgentCommand: {
    program: 'qemu',
    number: 3,
    args: struct({ dom: domainRef, cmd: text, timeout: int, flags: flagBits }),
    result: struct({ result: optional(text) }),
    deadline: unbounded('the command carries its own time-out to the daemon'),
    priority: 'low',
  },
} as const;

/**
 * Every procedure this program calls, by name. It is data: a host that plays the server builds its handler map from it
 * (`{ [K in ProcedureName]: (args: ReceivedArgs<Procedures[K]>) => AnsweredResult<Procedures[K]> }`).
 */
export const procedures = {
  ...connectProcedures,
  ...domainProcedures,
  ...jobProcedures,
  ...storageProcedures,
  ...networkProcedures,
  ...qemuProcedures,
} as const;

export type Procedures = typeof procedures;
export type ProcedureName = keyof Procedures;

const names = Object.keys(procedures) as ProcedureName[];
const byNumber = new Map(
  names.map((name) => [`${programs[procedures[name].program]}:${procedures[name].number}`, name]),
);

/** Which procedure a message means; undefined for one this program does not know. */
export function procedureByNumber(program: number, number: number): ProcedureName | undefined {
  return byNumber.get(`${program}:${number}`);
}

/** `DOMAIN_CREATE_WITH_FLAGS`; for a procedure this program does not know, its numbers. */
export function procedureTitle(program: number, number: number): string {
  const name = procedureByNumber(program, number);
  return name === undefined ? `procedure ${number} of program 0x${program.toString(16)}` : protocolName(name);
}

/** The table as plain lines, for those who walk it rather than name one. */
export function everyProcedure(): { readonly name: ProcedureName; readonly procedure: Procedure }[] {
  return names.map((name) => ({ name, procedure: procedures[name] }));
}
