/** What a new workspace would take of what is free, as admission will see it. */
import type { Amounts, Host, Resources } from '../api/types';
import { formatBytes, formatCpu, parseQuantity } from './quantity';

export interface Need {
  cpuMilli: number;
  memoryBytes: number;
}

/** Own amounts first, the template's where they say nothing; a lower limit lowers the request. */
export function needOf(own: Resources, template: Resources | undefined): Need {
  return {
    cpuMilli: Math.ceil((requested('cpu', own, template) ?? 0) * 1000),
    memoryBytes: Math.ceil(requested('memory', own, template) ?? 0),
  };
}

function requested(key: keyof Amounts, own: Resources, template: Resources | undefined): number | undefined {
  const asked = parseQuantity(own.requests?.[key]);
  if (asked !== undefined) return asked;
  const fallback = parseQuantity(template?.requests?.[key]);
  const limit = parseQuantity(own.limits?.[key]) ?? parseQuantity(template?.limits?.[key]);
  return fallback !== undefined && limit !== undefined ? Math.min(fallback, limit) : fallback;
}

/** Whether it starts at once, waits, or never fits; with a sentence. */
export function verdict(need: Need, host: Host): { kind: 'now' | 'later' | 'never'; message: string } {
  const over = (room: { cpuMilli: number; memoryBytes: number }) =>
    need.memoryBytes > room.memoryBytes
      ? `${formatBytes(need.memoryBytes)} of memory; the host has ${formatBytes(room.memoryBytes)}`
      : need.cpuMilli > room.cpuMilli
        ? `${formatCpu(need.cpuMilli)}; the host has ${formatCpu(room.cpuMilli)}`
        : undefined;
  const never = over(host.capacity);
  if (never) return { kind: 'never', message: `It can never fit: it reserves ${never} in all.` };
  const later = over(host.free);
  if (later) return { kind: 'later', message: `It will wait in the queue: it reserves ${later} free.` };
  return { kind: 'now', message: 'There is room; it starts at once.' };
}
