/** Shapes of small charts. */

/** A line through `values`, the newest at the right edge; drawn within half a pixel of the frame. */
export function linePath(values: number[], max: number, width: number, height: number): string {
  if (values.length === 0) return '';
  const top = Math.max(max, ...values, 1e-9);
  const step = width / Math.max(1, values.length - 1);
  const at = (value: number, index: number) =>
    `${round(values.length === 1 ? width : index * step)} ${round(height - 1 - (value / top) * (height - 2))}`;
  const points = values.map(at);
  return points.length === 1 ? `M0 ${points[0]?.split(' ')[1]}L${points[0]}` : `M${points.join('L')}`;
}

/** The same line closed down to the ground. */
export function areaPath(values: number[], max: number, width: number, height: number): string {
  const line = linePath(values, max, width, height);
  return line && `${line}L${width} ${height}L0 ${height}Z`;
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
