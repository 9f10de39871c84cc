import './alerts.css';
import { useState } from 'react';
import { Switch } from '@mantine/core';
import IconPlus from '@tabler/icons-react/dist/esm/icons/IconPlus.mjs';
import { conditionWords } from '../../../shared/domains/alerts/alert-rules.ts';
import type { RuleRow } from '../../../shared/domains/alerts/alerts-contract.ts';
import { useCommand } from '../../client/use-command.ts';
import { useMay } from '../../client/use-may.ts';
import { useQuery } from '../../client/use-query.ts';
import { ActionButton } from '../../ui/button.tsx';
import { ConfirmDialog } from '../../ui/dialog.tsx';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { formatCount } from '../../ui/format.ts';
import { Note } from '../../ui/note.tsx';
import { PageHead } from '../../ui/page-head.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { StateLabel } from '../../ui/state-label.tsx';
import { AlertTabs } from './alert-tabs.tsx';
import { secondsWords, severityWords } from './alert-words.ts';
import { RuleDialog } from './rule-dialog.tsx';

function RuleSwitch({ rule, may }: { rule: RuleRow; may: string | null }) {
  const save = useCommand('alerts.ruleSave');
  const { id, firing: _firing, problem: _problem, ...fields } = rule;
  return (
    <Switch
      size="xs"
      checked={rule.enabled}
      disabled={may !== null || save.pending}
      aria-label={`${rule.name} is on`}
      onChange={(event) => {
        void save.run({ ...fields, ruleId: id, enabled: event.currentTarget.checked });
      }}
    />
  );
}

interface RowProps {
  rule: RuleRow;
  may: string | null;
  onEdit: () => void;
  onDelete: () => void;
}

function RuleLine({ rule, may, onEdit, onDelete }: RowProps) {
  const severity = severityWords[rule.severity];
  return (
    <tr>
      <td>
        <RuleSwitch rule={rule} may={may} />
      </td>
      <td className="ik-med ik-el" title={rule.name}>
        {rule.name}
      </td>
      <td className="ik-wrap ik-t2">
        {conditionWords(rule.condition)}
        {rule.problem ? <span className="ik-bad"> {rule.problem}</span> : null}
      </td>
      <td>
        <StateLabel tone={severity.tone} icon={severity.icon} word={severity.word} />
      </td>
      <td className="ik-num">{secondsWords(rule.holdSeconds)}</td>
      <td className="ik-num">
        {rule.firing > 0 ? formatCount(rule.firing) : <span className="ik-t3">0</span>}
      </td>
      <td className="ik-num">
        <ActionButton size="sm" kind="ghost" reason={may} onClick={onEdit}>
          Change
        </ActionButton>
        <ActionButton size="sm" kind="ghost" reason={may} onClick={onDelete}>
          Delete…
        </ActionButton>
      </td>
    </tr>
  );
}

function DeleteDialog({ rule, onClose }: { rule: RuleRow; onClose: () => void }) {
  const remove = useCommand('alerts.ruleDelete');
  const confirm = async (): Promise<void> => {
    if (await remove.run({ ruleId: rule.id })) onClose();
  };
  return (
    <ConfirmDialog
      title={`Delete the rule ${rule.name}`}
      action="Delete the rule"
      danger
      busy={remove.pending}
      problem={remove.error ? <Note tone="bad">{remove.error.sentence}</Note> : undefined}
      onConfirm={() => void confirm()}
      onClose={onClose}
    >
      <p>
        {rule.firing === 0
          ? 'None of its alerts fires now.'
          : `${formatCount(rule.firing)} of its alerts fire now; they end.`}{' '}
        The history stays. Switching it off keeps the rule.
      </p>
    </ConfirmDialog>
  );
}

/** What is watched: each rule with its condition, how long it must hold, and how many alerts it has. */
export function RulePage() {
  const rules = useQuery('alerts.ruleList', {}, { topics: ['rule', 'alert'], atMostEveryMs: 1000 });
  const may = useMay('alerts.administer');
  const [edited, setEdited] = useState<RuleRow | null | undefined>();
  const [deleted, setDeleted] = useState<RuleRow | undefined>();
  return (
    <>
      <PageHead
        title="Alert rules"
        meta="looked at after every sweep"
        actions={
          <ActionButton
            kind="primary"
            icon={IconPlus}
            reason={may}
            onClick={() => {
              setEdited(null);
            }}
          >
            New rule
          </ActionButton>
        }
      />
      <div className="ik-page">
        <AlertTabs value="/alerts/rules" />
        {rules.data ? (
          <Panel title="Rules" meta={`${rules.data.rows.filter((rule) => rule.enabled).length} on`}>
            <table className="ik-tb">
              <colgroup>
                <col style={{ width: 52 }} />
                <col style={{ width: 220 }} />
                <col />
                <col style={{ width: 96 }} />
                <col style={{ width: 84 }} />
                <col style={{ width: 64 }} />
                <col style={{ width: 168 }} />
              </colgroup>
              <thead>
                <tr>
                  <th>On</th>
                  <th>Rule</th>
                  <th>Fires when</th>
                  <th>Severity</th>
                  <th className="ik-num">Held for</th>
                  <th className="ik-num">Firing</th>
                  <th>
                    <span className="ik-sr">Actions</span>
                  </th>
                </tr>
              </thead>
              <tbody>
                {rules.data.rows.map((rule) => (
                  <RuleLine
                    key={rule.id}
                    rule={rule}
                    may={may}
                    onEdit={() => {
                      setEdited(rule);
                    }}
                    onDelete={() => {
                      setDeleted(rule);
                    }}
                  />
                ))}
              </tbody>
            </table>
          </Panel>
        ) : rules.error ? (
          <ErrorPanel title="The rules could not be read" error={rules.error} onRetry={rules.refetch} />
        ) : (
          <Skeleton rows={8} />
        )}
      </div>
      {edited === undefined ? null : (
        <RuleDialog
          rule={edited}
          onClose={() => {
            setEdited(undefined);
          }}
        />
      )}
      {deleted ? (
        <DeleteDialog
          rule={deleted}
          onClose={() => {
            setDeleted(undefined);
          }}
        />
      ) : null}
    </>
  );
}
