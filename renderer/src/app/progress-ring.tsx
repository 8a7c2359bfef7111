/** How far everything that runs has come, as a ring. What it says in words stands beside it. */
const RADIUS = 7;
const LENGTH = 2 * Math.PI * RADIUS;

export function ProgressRing({ percent }: { readonly percent: number }) {
  return (
    <svg className="ring" viewBox="0 0 20 20" width="20" height="20" aria-hidden="true">
      <circle className="ring-track" cx="10" cy="10" r={RADIUS} />
      <circle
        className="ring-value"
        cx="10"
        cy="10"
        r={RADIUS}
        strokeDasharray={`${(LENGTH * percent) / 100} ${LENGTH}`}
        transform="rotate(-90 10 10)"
      />
    </svg>
  );
}
