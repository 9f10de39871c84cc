import { useLayoutEffect } from 'react';

/** What the keyboard was at last, outside of dialogs: what has opened one may be gone, or without the focus, by the time the dialog is there. */
let lastAt: HTMLElement | null = null;
/** Of what is going: where the focus belongs unless another comes in its place, as a dialog does after the one that said it was loading. */
let leaving: HTMLElement | null = null;
/** A mouse that clicks needs no place to go on from, and a button that gets the focus back shows its tip, which takes the next Escape. */
let isByKeyboard = false;

/** An item of a menu is gone once it was picked: then it is what the menu belongs to. */
function ownerOf(element: Element | null): HTMLElement | null {
  const menu = element?.closest('[role="menu"]');
  const owner = menu ? document.getElementById(menu.getAttribute('aria-labelledby') ?? '') : element;
  return owner instanceof HTMLElement && owner !== document.body ? owner : null;
}

/** Begins to remember what has the focus. Once per page, before any dialog. */
export function rememberFocus(): void {
  document.addEventListener('keydown', () => (isByKeyboard = true), { capture: true });
  document.addEventListener('pointerdown', () => (isByKeyboard = false), { capture: true });
  document.addEventListener('focusin', (event) => {
    const target = event.target instanceof Element ? event.target : null;
    if (!target?.closest('[role="dialog"]')) lastAt = ownerOf(target) ?? lastAt;
  });
}

/**
 * Gives the focus back, when what uses it goes, to what had it when the keyboard opened it, unless something else has taken it since.
 * Mantine's Modal does so where it is closed, not where it is taken away; then the keyboard would begin at the top of the page again.
 */
export function useFocusReturn(): void {
  useLayoutEffect(() => {
    const opener = isByKeyboard ? (ownerOf(document.activeElement) ?? leaving ?? lastAt) : null;
    leaving = null;
    return () => {
      leaving = opener;
      // The elements that have the focus now are about to go.
      setTimeout(() => {
        if (!opener || leaving !== opener) return;
        leaving = null;
        if (opener.isConnected && document.activeElement === document.body)
          opener.focus({ preventScroll: true });
      });
    };
  }, []);
}
