import type { SchemaStep } from '../../../platform/store/schema-step.ts';

/** Why a host stands as it does, as a word for programs beside the sentence for people. */
export const fleetHostReasonCode: SchemaStep = {
  id: '20261122T1012-fleet-host-reason-code',
  async up(to) {
    await to.run(`alter table host add column reason_code text not null default ''`);
  },
};
