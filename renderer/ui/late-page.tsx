import { useEffect, useState } from 'react';
import type { ComponentType } from 'react';
import { Skeleton } from './skeleton.tsx';

/**
 * A page whose code is loaded when it is first opened. Not by `lazy` of React, which leaves what stands in a page's place there for 0.3 s,
 * however soon the page has come.
 *
 * @param name of its export
 */
export function latePage<Name extends string>(
  load: () => Promise<Record<Name, ComponentType>>,
  name: Name,
): ComponentType {
  let Loaded: ComponentType | undefined;
  return function LatePage() {
    const [, setLoads] = useState(0);
    const [failed, setFailed] = useState<{ readonly error: unknown } | null>(null);
    useEffect(() => {
      if (Loaded) return;
      load().then(
        (loaded) => {
          Loaded = loaded[name];
          setLoads((times) => times + 1);
        },
        (error: unknown) => {
          setFailed({ error });
        },
      );
    }, []);
    // For the boundary around it, which says what can be done.
    if (failed) throw failed.error;
    return Loaded ? <Loaded /> : <Skeleton rows={12} />;
  };
}
