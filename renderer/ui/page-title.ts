import { useEffect } from 'react';

const titles: { text: string }[] = [];

function show(): void {
  const last = titles.at(-1);
  document.title = last ? `${last.text} · Innkeeper` : 'Innkeeper';
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
