/** Grey lines in the place of rows that are on their way; a screen reader hears "Loading". */
export function Skeleton({ rows = 6, height = 28 }: { rows?: number; height?: number }) {
  return (
    <div role="status" aria-label="Loading" style={{ padding: '0 12px' }}>
      {Array.from({ length: rows }, (_, row) => (
        <div key={row} style={{ height, display: 'flex', alignItems: 'center', gap: 24 }}>
          <span className="ik-skel" style={{ height: 8, width: `${22 + ((row * 7) % 14)}%` }} />
          <span className="ik-skel" style={{ height: 8, width: `${34 - ((row * 5) % 16)}%` }} />
        </div>
      ))}
    </div>
  );
}
