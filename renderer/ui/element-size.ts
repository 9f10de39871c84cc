import { useEffect, useRef, useState } from 'react';
import type { RefObject } from 'react';

/** Size of an element in whole CSS pixels, kept up to date; 0 before the first look. */
export function useElementSize(): { ref: RefObject<HTMLDivElement | null>; width: number; height: number } {
  const ref = useRef<HTMLDivElement>(null);
  const [size, setSize] = useState({ width: 0, height: 0 });
  useEffect(() => {
    const element = ref.current;
    if (!element) return undefined;
    const observer = new ResizeObserver(() => {
      setSize({ width: Math.floor(element.clientWidth), height: Math.floor(element.clientHeight) });
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
    };
  }, []);
  return { ref, ...size };
}
