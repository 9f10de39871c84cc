import type { ReactNode } from 'react';
import IconDatabaseOff from '@tabler/icons-react/dist/esm/icons/IconDatabaseOff.mjs';
import IconDatabaseExclamation from '@tabler/icons-react/dist/esm/icons/IconDatabaseExclamation.mjs';
import { useInstallations } from '../../client/installations.tsx';
import { useConnection } from '../../client/use-query.ts';
import { Button } from '../../ui/button.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';

/** What stands in place of every page when this document may show nothing of its store; null when it may. */
export function useAway(): ReactNode {
  const connection = useConnection();
  const { here } = useInstallations();
  const name = here?.label ?? 'The store';
  if (connection.state === 'another-store') {
    return (
      <EmptyState
        icon={IconDatabaseExclamation}
        title="Another store answers here now"
        action={
          <Button
            kind="primary"
            onClick={() => {
              window.location.reload();
            }}
          >
            Load the page again
          </Button>
        }
      >
        {name} is not the store this page was opened on: its settings were changed, or it was restored from
        elsewhere. Nothing was done in it.
      </EmptyState>
    );
  }
  if (connection.state === 'unavailable' && !connection.wasLive) {
    return (
      <EmptyState icon={IconDatabaseOff} title={`${name} cannot be opened`}>
        {connection.sentence} It is tried again by itself; the other installations work meanwhile.
      </EmptyState>
    );
  }
  return null;
}
