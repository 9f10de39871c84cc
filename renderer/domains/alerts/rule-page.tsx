import { Switch } from '@mantine/core';
import { conditionWords } from '../../../shared/domains/alerts/alert-rules.ts';
import type { RuleRow } from '../../../shared/domains/alerts/alerts-contract.ts';
import { useCommand } from '../../client/use-command.ts';
import { useQuery } from '../../client/use-query.ts';
import { formatCount } from '../../ui/format.ts';
import { Panel } from '../../ui/panel.tsx';
import { StateLabel } from '../../ui/state-label.tsx';
import { AlertSettingPage, RemovalDialog, RowButtons, type RowActs } from './alert-setting-page.tsx';
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

function RuleLine({ rule, acts }: { rule: RuleRow; acts: RowActs<RuleRow> }) {
  const severity = severityWords[rule.severity];
  return (
    <tr>
      <td>
        <RuleSwitch rule={rule} may={acts.may} />
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
        <RowButtons row={rule} acts={acts} />
      </td>
    </tr>
  );
}

function RuleTable({ rows, acts }: { rows: readonly RuleRow[]; acts: RowActs<RuleRow> }) {
  return (
    <Panel title="Rules" meta={`${rows.filter((rule) => rule.enabled).length} on`}>
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
          {rows.map((rule) => (
            <RuleLine key={rule.id} rule={rule} acts={acts} />
          ))}
        </tbody>
      </table>
    </Panel>
  );
}

function DeleteDialog({ rule, onClose }: { rule: RuleRow; onClose: () => void }) {
  const remove = useCommand('alerts.ruleDelete');
  return (
    <RemovalDialog
      what="rule"
      name={rule.name}
      pending={remove.pending}
      error={remove.error}
      onRemove={async () => await remove.run({ ruleId: rule.id })}
      onClose={onClose}
    >
      {rule.firing === 0
        ? 'None of its alerts fires now.'
        : `${formatCount(rule.firing)} of its alerts fire now; they end.`}{' '}
      The history stays. Switching it off keeps the rule.
    </RemovalDialog>
  );
}

/** What is watched: each rule with its condition, how long it must hold, and how many alerts it has. */
export function RulePage() {
  const rules = useQuery('alerts.ruleList', {}, { topics: ['rule', 'alert'], atMostEveryMs: 1000 });
  return (
    <AlertSettingPage
      title="Alert rules"
      meta="looked at after every sweep"
      tab="/alerts/rules"
      add="New rule"
      failed="The rules could not be read"
      answer={rules}
      table={(rows, acts) => <RuleTable rows={rows} acts={acts} />}
      form={(rule, close) => <RuleDialog rule={rule} onClose={close} />}
      removal={(rule, close) => <DeleteDialog rule={rule} onClose={close} />}
    />
  );
}
