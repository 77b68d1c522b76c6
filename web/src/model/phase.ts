/** What a workspace's phase means to a person. */
import type { Phase, Workspace } from '../api/types';

export type Tone = 'ok' | 'busy' | 'warn' | 'danger' | 'idle';

export function phaseOf(workspace: Workspace): Phase {
  if (workspace.metadata.deletionTimestamp) return 'Deleting';
  return workspace.status?.phase ?? 'Pending';
}

const TONES: Record<Phase, Tone> = {
  Pending: 'busy',
  Queued: 'warn',
  Starting: 'busy',
  Running: 'ok',
  Stopping: 'busy',
  Stopped: 'idle',
  Failed: 'danger',
  Deleting: 'busy',
};

export function toneOf(phase: Phase): Tone {
  return TONES[phase];
}

/** Whether the power button starts it (or stops it). */
export function canStart(workspace: Workspace): boolean {
  const phase = phaseOf(workspace);
  return phase !== 'Deleting' && workspace.spec.running === false;
}

export function canStop(workspace: Workspace): boolean {
  return phaseOf(workspace) !== 'Deleting' && workspace.spec.running !== false;
}

/** What is said beside the phase: the daemon's sentence, or what the phase means. */
export function reasonOf(workspace: Workspace): string {
  const status = workspace.status;
  const queue = status?.queue;
  if (phaseOf(workspace) === 'Queued' && queue) {
    return `${queue.position} of ${queue.of} in the queue, needs ${queue.needs}`;
  }
  const leftovers = status?.leftovers ?? [];
  if (leftovers.length > 0) return `Still to remove: ${leftovers.join(', ')}`;
  return status?.message ?? '';
}
