import { useCallback } from 'react';
import { useLocation, useSearch } from 'wouter';

/** Of the address as it is now, which need not have been drawn yet: of two that are set one after the other neither takes the other back. */
function presentParams(): URLSearchParams {
  return new URLSearchParams(window.location.search);
}

/** One parameter of the view's address (`?query=state:running`): back, forward, reload and a second window restore it. */
export function useAddressParam(name: string, fallback = ''): [string, (value: string) => void] {
  const search = useSearch();
  const [path, navigate] = useLocation();
  const value = new URLSearchParams(search).get(name) ?? fallback;
  const set = useCallback(
    (next: string) => {
      const params = presentParams();
      if (next === fallback) params.delete(name);
      else params.set(name, next);
      const text = params.toString();
      navigate(text === '' ? path : `${path}?${text}`, { replace: true });
    },
    [path, navigate, name, fallback],
  );
  return [value, set];
}

/** Sets several parameters of the view's address at once; an empty one is left out. */
export function useSetAddressParams(): (values: Readonly<Record<string, string>>) => void {
  const [path, navigate] = useLocation();
  return useCallback(
    (values) => {
      const params = presentParams();
      for (const [name, value] of Object.entries(values)) {
        if (value === '') params.delete(name);
        else params.set(name, value);
      }
      const text = params.toString();
      navigate(text === '' ? path : `${path}?${text}`, { replace: true });
    },
    [path, navigate],
  );
}

/** `useLocation` for going elsewhere while keeping the list's query and sort: `go('/vms/vm_1')`. */
export function useGoKeepingQuery(): (path: string) => void {
  const search = useSearch();
  const [, navigate] = useLocation();
  return useCallback(
    (path: string) => {
      navigate(search === '' ? path : `${path}?${search}`);
    },
    [search, navigate],
  );
}

/** Sort of a list kept in its address as `?sort=-cpu`. */
export function useAddressSort<Key extends string>(
  fallbackKey: Key,
  fallbackDirection: 'asc' | 'desc' = 'asc',
): [{ key: Key; direction: 'asc' | 'desc' }, (sort: { key: string; direction: 'asc' | 'desc' }) => void] {
  const write = (key: string, direction: 'asc' | 'desc'): string => (direction === 'desc' ? `-${key}` : key);
  const [text, setText] = useAddressParam('sort', write(fallbackKey, fallbackDirection));
  const direction = text.startsWith('-') ? 'desc' : 'asc';
  const key = text.replace(/^-/, '') as Key;
  return [
    { key, direction },
    (sort) => {
      setText(write(sort.key, sort.direction));
    },
  ];
}
