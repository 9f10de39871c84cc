const KEY = 'innkeeper.loaded-afresh';
/** A part that is missing again so soon will not come by loading once more. */
const ONCE_IN_MS = 10_000;

/**
 * A part of the console could not be fetched: the network changed in that moment, or a newer build took its place. Every view has an
 * address, so loading the page afresh shows the same; once, lest it go round in circles.
 */
export function loadAfreshWhenPartIsMissing(): void {
  window.addEventListener('vite:preloadError', (event) => {
    const lastMs = Number(sessionStorage.getItem(KEY) ?? 0);
    if (Date.now() - lastMs < ONCE_IN_MS) return;
    event.preventDefault();
    sessionStorage.setItem(KEY, String(Date.now()));
    location.reload();
  });
}
