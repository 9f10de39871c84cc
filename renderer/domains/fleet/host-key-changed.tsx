import { useState } from 'react';
import type { HostFacts } from '../../../shared/domains/fleet/host-contract.ts';
import { useCommand } from '../../client/use-command.ts';
import { ActionButton } from '../../ui/button.tsx';
import { ConfirmDialog } from '../../ui/dialog.tsx';
import { Note } from '../../ui/note.tsx';
import { toast } from '../../ui/toast.ts';

const FINGERPRINT = /SHA256:[A-Za-z0-9+/]{43}=?/g;

/** The key a host shows in place of the one on record, as its reason names it; null where it does not. */
export function shownFingerprint(host: Pick<HostFacts, 'reason' | 'hostKeyFingerprint'>): string | null {
  const named = host.reason.match(FINGERPRINT) ?? [];
  return named.find((each) => each !== host.hostKeyFingerprint) ?? null;
}

/** A host that shows another key: both fingerprints, what it can mean, and the way out. */
export function HostKeyChanged({ host, may }: { host: HostFacts; may: string | null }) {
  const [asking, setAsking] = useState(false);
  const replace = useCommand('fleet.hostKeyReplace');
  const shown = shownFingerprint(host);
  return (
    <Note tone="bad">
      <p>
        {host.name} shows another key than the one on record. Nothing is sent to it until this is settled.
      </p>
      <p className="ik-xs ik-t3" style={{ marginTop: 8 }}>
        On record
      </p>
      <code className="ik-fingerprint">{host.hostKeyFingerprint}</code>
      <p className="ik-xs ik-t3">Shown now</p>
      <code className="ik-fingerprint">{shown ?? 'not read yet'}</code>
      <p>
        If it was reinstalled, compare the second with what the host itself says (
        <span className="ik-q">ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub</span>) and replace the key.
        If it was not, somebody may be in between: do not.
      </p>
      <div style={{ marginTop: 8 }}>
        <ActionButton
          kind="danger-outline"
          reason={may ?? (shown === null ? 'The new key was not read yet: connect again first.' : null)}
          onClick={() => {
            setAsking(true);
          }}
        >
          Replace the key…
        </ActionButton>
      </div>
      {asking && shown !== null ? (
        <ConfirmDialog
          title={`Replace the key of ${host.name}`}
          action="Replace the key"
          danger
          typed={host.name}
          typedHint="the name of the host"
          busy={replace.pending}
          problem={replace.error?.sentence}
          onConfirm={() =>
            void replace.run({ hostId: host.id, fingerprint: shown }).then((done) => {
              if (!done) return;
              toast('ok', `The key of ${host.name} was replaced`, 'A connection is tried now.');
              setAsking(false);
            })
          }
          onClose={() => {
            setAsking(false);
          }}
        >
          <p>From now on this key, and no other, is taken for {host.name}:</p>
          <code className="ik-fingerprint">{shown}</code>
        </ConfirmDialog>
      ) : null}
    </Note>
  );
}
