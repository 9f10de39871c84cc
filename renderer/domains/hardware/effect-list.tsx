import type { HardwareEffect } from '../../../shared/domains/hardware/resize-rules.ts';

function Effects({ title, effects }: { title: string; effects: readonly HardwareEffect[] }) {
  if (effects.length === 0) return null;
  return (
    <section aria-label={title}>
      <h3>{title}</h3>
      <ul className="ik-plain">
        {effects.map((effect) => (
          <li key={`${effect.what}${effect.to}`} className="ik-sm">
            <span className="ik-med">{effect.what}</span>
            {effect.from ? <span className="ik-t3"> {effect.from} →</span> : null} {effect.to}
            {effect.why ? <span className="ik-t3">, {effect.why}</span> : null}
          </li>
        ))}
      </ul>
    </section>
  );
}

/** What a change does now and what at the next start, each under its own head. */
export function EffectList({ effects }: { effects: readonly HardwareEffect[] }) {
  if (effects.length === 0) return <p className="ik-sm ik-t3">Nothing would change.</p>;
  return (
    <>
      <Effects title="Now" effects={effects.filter(({ when }) => when === 'now')} />
      <Effects title="At its next start" effects={effects.filter(({ when }) => when === 'next-start')} />
    </>
  );
}

/** For a word at the edge of the screen. */
export function effectWords(effects: readonly HardwareEffect[]): string {
  if (effects.length === 0) return 'It was so already.';
  return effects
    .map(({ what, to, when }) => `${what}: ${to}${when === 'now' ? '' : ', at its next start'}`)
    .join('. ');
}
