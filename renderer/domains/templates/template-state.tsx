import IconCircleCheck from '@tabler/icons-react/dist/esm/icons/IconCircleCheck.mjs';
import IconCircleX from '@tabler/icons-react/dist/esm/icons/IconCircleX.mjs';
import IconLoader2 from '@tabler/icons-react/dist/esm/icons/IconLoader2.mjs';
import type { TemplateRow } from '../../../shared/domains/templates/templates-contract.ts';
import type { IconComponent, Tone } from '../../ui/icon.ts';
import { Badge, StateLabel } from '../../ui/state-label.tsx';

type TemplateState = TemplateRow['state'];

export const templateStateLooks: Readonly<
  Record<TemplateState, { word: string; tone: Tone; icon: IconComponent }>
> = {
  importing: { word: 'Importing', tone: 'acc', icon: IconLoader2 },
  ready: { word: 'Ready', tone: 'ok', icon: IconCircleCheck },
  failed: { word: 'Failed', tone: 'bad', icon: IconCircleX },
};

export function TemplateStateLabel({ state }: { state: TemplateState }) {
  const { word, tone, icon } = templateStateLooks[state];
  return <StateLabel tone={tone} icon={icon} word={word} strong={tone === 'bad'} />;
}

export function TemplateStateBadge({ state }: { state: TemplateState }) {
  const { word, tone, icon } = templateStateLooks[state];
  return (
    <Badge tone={tone} icon={icon}>
      {word}
    </Badge>
  );
}
