import { useEffect } from 'react';
import { installationAt } from './page-base.ts';

const titles: { text: string }[] = [];

function show(): void {
  const installation = installationAt(window.location.pathname);
  const names = [titles.at(-1)?.text, installation === '' ? undefined : installation, 'Innkeeper'];
  document.title = names.filter((name) => name !== undefined).join(' · ');
}

/** Names the window or tab after what it shows; the part mounted last (a detail beside its list) wins while it is there. */
export function usePageTitle(text: string): void {
  useEffect(() => {
    const entry = { text };
    titles.push(entry);
    show();
    return () => {
      titles.splice(titles.indexOf(entry), 1);
      show();
    };
  }, [text]);
}
