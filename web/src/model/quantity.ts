/** Quantities as Kubernetes writes them: `500m`, `2`, `2Gi`. */
import type { Quantity } from '../api/types';

const SCALE: Record<string, number> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/** The amount in whole units (cores, bytes); nothing where the text is no quantity. */
export function parseQuantity(quantity: Quantity | undefined): number | undefined {
  if (quantity === undefined) return undefined;
  const text = String(quantity).trim();
  const parts = /^(\d+\.?\d*|\.\d+)(?:([a-zA-Z]{1,2})|[eE](-?\d{1,2}))?$/.exec(text);
  if (!parts) return undefined;
  if (parts[3] !== undefined) return Number(parts[1]) * 10 ** Number(parts[3]);
  const scale = SCALE[parts[2] ?? ''];
  return scale === undefined ? undefined : Number(parts[1]) * scale;
}

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

/** Bytes for people: `1.5 GiB`. */
export function formatBytes(bytes: number): string {
  let unit = 0;
  let amount = bytes;
  while (amount >= 1024 && unit < UNITS.length - 1) {
    amount /= 1024;
    unit += 1;
  }
  const digits = amount >= 100 || unit === 0 || Number.isInteger(amount) ? 0 : 1;
  return `${amount.toFixed(digits)} ${UNITS[unit]}`;
}

/** Thousandths of a core for people: `1.5 cores`, `0.02 cores`. */
export function formatCpu(milli: number): string {
  const cores = milli / 1000;
  const digits = cores >= 10 || Number.isInteger(cores) ? 0 : cores >= 1 ? 1 : 2;
  const text = cores.toFixed(digits);
  return `${text} ${text === '1' ? 'core' : 'cores'}`;
}
