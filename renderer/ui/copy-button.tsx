import { useClipboard } from '@mantine/hooks';
import IconCheck from '@tabler/icons-react/dist/esm/icons/IconCheck.mjs';
import IconCopy from '@tabler/icons-react/dist/esm/icons/IconCopy.mjs';
import { Button } from './button.tsx';

/** Copies `text`; says for a moment that it did. */
export function CopyButton({ text, label = 'Copy' }: { text: string; label?: string }) {
  const clipboard = useClipboard({ timeout: 1500 });
  return (
    <Button
      size="sm"
      kind="ghost"
      icon={clipboard.copied ? IconCheck : IconCopy}
      onClick={() => {
        clipboard.copy(text);
      }}
    >
      {clipboard.copied ? 'Copied' : label}
    </Button>
  );
}
