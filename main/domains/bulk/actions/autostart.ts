import { clauseSentence } from '../../../../shared/kernel/clause-sentence.ts';
import { sql } from 'kysely';
import { whyNot } from '../../../../shared/domains/fleet/vm-action-rules.ts';
import type { BulkActionDefinition, WhatOf } from '../bulk-action.ts';
import { gone, stateVerdicts } from './power-action.ts';

/** Whether VMs start with their host. */
export const bulkAutostart: BulkActionDefinition = {
  action: 'autostart',
  permission: 'fleet.operate',
  verdicts: async (what, context) => [
    ...stateVerdicts('autostart', [], context),
    {
      kind: 'skipped',
      code: 'already',
      why: 'It is set so already.',
      wayOut: '',
      when: sql`vm.autostart = ${sql.lit((what as WhatOf<'autostart'>).on ? 1 : 0)}`,
    },
  ],
  work: {
    kind: 'host',
    act: async (work, item) => {
      const now = await work.look(item);
      if (now === undefined) return gone;
      const reason = whyNot('autostart', now.state);
      if (reason !== null) return { state: 'refused', code: 'not-now', reason: clauseSentence(reason) };
      // Setting what is set changes nothing, so an unknown outcome is simply repeated.
      await work.api.domains.setAutostart(now.ref, (work.what as WhatOf<'autostart'>).on, {
        signal: work.signal,
      });
      return { state: 'done' };
    },
  },
  undo: (what) => ({ action: 'autostart', on: !(what as WhatOf<'autostart'>).on }),
};
