import { useEffect } from 'react';
import { useLocation, useSearch } from 'wouter';
import { baseOf, installationAt } from '../../ui/page-base.ts';

const keyOf = (installation: string): string => `ik.last@${installation}`;

/** Remembers where this installation was left, with its query and sort, for when this window comes back to it. */
export function useLastAddress(): void {
  const [path] = useLocation();
  const search = useSearch();
  useEffect(() => {
    const installation = installationAt(window.location.pathname);
    if (installation !== '')
      sessionStorage.setItem(keyOf(installation), window.location.pathname + window.location.search);
  }, [path, search]);
}

/** Loads another installation's console where it was left in this window: nothing of this one goes with it. */
export function goToInstallation(installation: string): void {
  const last = sessionStorage.getItem(keyOf(installation));
  const isIts = last !== null && installationAt(last) === installation;
  window.location.assign(isIts ? last : `${baseOf(installation)}/`);
}
