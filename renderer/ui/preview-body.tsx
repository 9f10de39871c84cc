import type { ReactNode } from 'react';
import IconBan from '@tabler/icons-react/dist/esm/icons/IconBan.mjs';
import { formatCount } from './format.ts';
import { Bar } from './progress-bar.tsx';

export interface PreviewCount {
  key: string;
  label: string;
  count: number;
  /** Instead of the label alone: icon and word. */
  mark?: ReactNode;
  /** The sum of those that are not named. */
  isRest?: boolean;
}

export interface PreviewRefusal {
  key: string;
  /** Whom it concerns: one by name, many by number. */
  name: string;
  why: string;
  wayOut?: ReactNode;
  /** Of many, some by name. */
  examples?: readonly string[] | undefined;
}

export interface Preview {
  willDo: number;
  skipped?: { count: number; why: string } | undefined;
  refused: number;
  refusals: readonly PreviewRefusal[];
  /** "21 customers affected". */
  affected?: { count: number; why: string } | undefined;
  /** Columns of counts, such as by host, by customer, by state; `bars` draws them. */
  breakdown?: readonly { title: string; bars?: boolean; counts: readonly PreviewCount[] }[];
}

/** What will be done, skipped and refused, with the reasons, and to whom. */
export function PreviewBody({ preview, willWords }: { preview: Preview; willWords: string }) {
  return (
    <>
      <Verdict preview={preview} willWords={willWords} />
      {preview.breakdown ? (
        <div className="ik-counts">
          {preview.breakdown.map((part) => (
            <section key={part.title}>
              <h3>{part.title}</h3>
              <Counts counts={part.counts} bars={part.bars ?? false} />
            </section>
          ))}
        </div>
      ) : null}
      {preview.refused > 0 ? (
        <section>
          <h3>
            Refused <span className="ik-t3 ik-tn">{formatCount(preview.refused)}</span>
          </h3>
          <ul className="ik-refused">
            {preview.refusals.map((line) => (
              <Refusal key={line.key} line={line} />
            ))}
          </ul>
        </section>
      ) : null}
    </>
  );
}

function Verdict({ preview, willWords }: { preview: Preview; willWords: string }) {
  const { skipped, affected, refused } = preview;
  return (
    <div className="ik-verdict">
      <div>
        <b>{formatCount(preview.willDo)}</b>
        <span>{willWords}</span>
      </div>
      {skipped ? (
        <div>
          <b>{formatCount(skipped.count)}</b>
          <span>{skipped.why}</span>
        </div>
      ) : null}
      <div data-bad={refused > 0 || undefined}>
        <b>{formatCount(refused)}</b>
        <span className="ik-row" style={{ gap: 4 }}>
          {refused > 0 ? <IconBan size={12} aria-hidden /> : null}{' '}
          {refused > 0 ? 'refused, reasons below' : 'refused'}
        </span>
      </div>
      {affected ? (
        <div className="ik-grow">
          <b>{formatCount(affected.count)}</b>
          <span>{affected.why}</span>
        </div>
      ) : null}
    </div>
  );
}

function Counts({ counts, bars }: { counts: readonly PreviewCount[]; bars: boolean }) {
  if (counts.length === 0) return <p className="ik-sm ik-t3">None</p>;
  const most = Math.max(...counts.map(({ count }) => count));
  return (
    <ul>
      {counts.map((line) => (
        <li key={line.key} data-plain={bars ? undefined : true}>
          {line.mark ?? (
            <span className={line.isRest ? 'ik-el ik-t3' : 'ik-el'} title={line.label}>
              {line.label}
            </span>
          )}
          {bars ? (
            <Bar
              thin
              share={line.count / most}
              tone={line.isRest ? 'idle' : undefined}
              label={`${line.label}: ${line.count}`}
            />
          ) : null}
          <span className="ik-num">{formatCount(line.count)}</span>
        </li>
      ))}
    </ul>
  );
}

function Refusal({ line }: { line: PreviewRefusal }) {
  return (
    <li>
      <b className="ik-med ik-el">{line.name}</b>
      <span className="ik-t2">{line.why}</span>
      <span className="ik-acc">{line.wayOut}</span>
      {line.examples ? (
        <details>
          <summary>Which</summary>
          {line.examples.join(', ')}
        </details>
      ) : null}
    </li>
  );
}
