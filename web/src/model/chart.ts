/** Shapes of small charts. */

export interface Point {
  /** Milliseconds since some beginning. */
  at: number;
  value: number;
}

/** A line through the points, the oldest at the left edge, the newest at the right one. */
export function linePath(points: Point[], max: number, width: number, height: number): string {
  const first = points[0];
  const last = points.at(-1);
  if (!first || !last) return '';
  const top = Math.max(max, ...points.map(({ value }) => value), 1e-9);
  const span = last.at - first.at;
  const place = ({ at, value }: Point) => {
    const x = span > 0 ? ((at - first.at) / span) * width : width;
    return `${round(x)} ${round(height - 1 - (value / top) * (height - 2))}`;
  };
  if (span <= 0) return `M0 ${place(last).split(' ')[1]}L${place(last)}`;
  return `M${points.map(place).join('L')}`;
}

/** The same line closed down to the ground. */
export function areaPath(points: Point[], max: number, width: number, height: number): string {
  const line = linePath(points, max, width, height);
  return line && `${line}L${width} ${height}L0 ${height}Z`;
}

/** The index of the point that lies nearest to `share` (0 to 1) of the chart's width. */
export function nearest(points: Point[], share: number): number {
  const from = points[0]?.at ?? 0;
  const wanted = from + share * ((points.at(-1)?.at ?? 0) - from);
  let best = 0;
  for (const [index, { at }] of points.entries()) {
    if (Math.abs(at - wanted) < Math.abs((points[best]?.at ?? 0) - wanted)) best = index;
  }
  return best;
}

/** A round number at or above `value`: 1, 2, 2.5 or 5 times a power of ten (or of 1024 for bytes). */
export function ceiling(value: number, binary = false): number {
  if (value <= 0) return 1;
  const unit = binary
    ? 1024 ** Math.floor(Math.log(value) / Math.log(1024))
    : 10 ** Math.floor(Math.log10(value));
  const steps = binary ? [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024] : [1, 2, 2.5, 5, 10];
  return (steps.find((step) => step * unit >= value) ?? 10) * unit;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
