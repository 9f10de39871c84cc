import { accessContract } from '../domains/access/access-contract.ts';
import { alertsContract } from '../domains/alerts/alerts-contract.ts';
import { balancesContract } from '../domains/balances/balances-contract.ts';
import { billingContract } from '../domains/billing/billing-contract.ts';
import { bulkContract } from '../domains/bulk/bulk-contract.ts';
import { capacityContract } from '../domains/capacity/capacity-contract.ts';
import { catalogContract } from '../domains/catalog/catalog-contract.ts';
import { companiesContract } from '../domains/companies/companies-contract.ts';
import { customersContract } from '../domains/customers/customers-contract.ts';
import { fleetContract } from '../domains/fleet/fleet-contract.ts';
import { hardwareContract } from '../domains/hardware/hardware-contract.ts';
import { meteringContract } from '../domains/metering/metering-contract.ts';
import { movesContract } from '../domains/moves/moves-contract.ts';
import { documentsContract } from '../domains/documents/documents-contract.ts';
import { paymentsContract } from '../domains/payments/payments-contract.ts';
import { queriesContract } from '../domains/queries/queries-contract.ts';
import { repricingContract } from '../domains/repricing/repricing-contract.ts';
import { runsContract } from '../domains/runs/runs-contract.ts';
import { systemContract } from '../domains/system/system-contract.ts';
import { tasksContract } from '../domains/tasks/tasks-contract.ts';
import { templatesContract } from '../domains/templates/templates-contract.ts';
import type { Operation } from './operation.ts';

/** The one composition of all domains: a new domain is one line here and one folder on each side. */
export const contract = {
  system: systemContract,
  access: accessContract,
  tasks: tasksContract,
  fleet: fleetContract,
  bulk: bulkContract,
  alerts: alertsContract,
  hardware: hardwareContract,
  moves: movesContract,
  capacity: capacityContract,
  templates: templatesContract,
  companies: companiesContract,
  customers: customersContract,
  catalog: catalogContract,
  billing: billingContract,
  balances: balancesContract,
  payments: paymentsContract,
  documents: documentsContract,
  metering: meteringContract,
  runs: runsContract,
  repricing: repricingContract,
  queries: queriesContract,
} as const;
export type Contract = typeof contract;

/** `fleet.vmStart`: the name an operation is called by. */
export type OperationName = {
  [D in keyof Contract]: `${D}.${keyof Contract[D] & string}`;
}[keyof Contract];

export type OperationAt<Name extends OperationName> =
  Name extends `${infer D extends keyof Contract}.${infer O}`
    ? O extends keyof Contract[D]
      ? Contract[D][O]
      : never
    : never;

/** Every operation by its full name, in the order of the contract. */
export function allOperations(): ReadonlyMap<OperationName, Operation> {
  const all = new Map<OperationName, Operation>();
  for (const [domain, operations] of Object.entries(contract)) {
    for (const [name, operation] of Object.entries(operations))
      all.set(`${domain}.${name}` as OperationName, operation);
  }
  return all;
}
