import type { HardwareEffect } from '../../../shared/domains/hardware/resize-rules.ts';
import type { CommandName, InputOf, ResultOf } from '../../client/operation-types.ts';
import { useCommand } from '../../client/use-command.ts';
import type { CommandRun } from '../../client/use-command.ts';
import { toast } from '../../ui/toast.ts';
import { effectWords } from './effect-list.tsx';

/** A command that changes a VM from a dialog: what came of it is said at the edge of the screen, and the dialog closes. */
export function useChange<Name extends CommandName>(
  op: Name,
  done: { title: string; onDone: () => void },
): CommandRun<Name> & { send: (input: InputOf<Name>) => void } {
  const command = useCommand(op);
  const send = (input: InputOf<Name>): void => {
    void command.run(input).then((result: ResultOf<Name> | null) => {
      if (result === null) return;
      const effects = 'effects' in result ? (result.effects as readonly HardwareEffect[]) : null;
      if (effects === null) toast('acc', done.title, 'The task says how it goes.');
      else toast('ok', done.title, effectWords(effects));
      done.onDone();
    });
  };
  return { ...command, send };
}
