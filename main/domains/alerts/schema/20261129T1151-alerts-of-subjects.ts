import type { SchemaStep } from '../../../platform/store/schema-step.ts';

/** What is open is found by what it is about, and by its host. */
export const alertsOfSubjects: SchemaStep = {
  id: '20261129T1151-alerts-of-subjects',
  async up(to) {
    await to.run(
      `create index alert_open_by_subject on alert (subject_kind, subject_id) where state <> 'resolved'`,
      `create index alert_open_by_host on alert (host_id, subject_kind) where state <> 'resolved'`,
      `create index alert_firing_by_subject on alert (subject_kind, subject_id, host_id, severity) where state = 'firing'`,
    );
  },
};
