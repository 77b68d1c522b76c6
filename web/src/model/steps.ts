/** The steps of a start, read from the conditions of a workspace. */
import type { Condition, Image, Workspace } from '../api/types';

export type StepState = 'done' | 'active' | 'waiting' | 'failed';

export interface Step {
  type: string;
  title: string;
  state: StepState;
  message: string;
  /** What the step took, where it is done and the step before tells when it began. */
  tookMs?: number;
  /** When the step began, while it is active. */
  since?: string;
  percent?: number;
}

/** What a person can do about a step that failed. */
export interface Mend {
  label: string;
  kind: 'image' | 'restart' | 'edit' | 'logs';
}

const STEPS: [type: string, title: string][] = [
  ['Admitted', 'Room on the host'],
  ['ImageReady', 'Image'],
  ['VolumeReady', 'Home'],
  ['NetworkReady', 'Network'],
  ['SandboxReady', 'Sandbox'],
  ['AgentReady', 'Agent'],
  ['AppsReady', 'Apps'],
];

/** Whether the steps are what a person wants to see: it is on its way up, or stuck there. */
export function isStarting(workspace: Workspace): boolean {
  const phase = workspace.status?.phase ?? 'Pending';
  if (phase === 'Pending' || phase === 'Queued' || phase === 'Starting') return true;
  return phase === 'Failed' && workspace.spec.running !== false;
}

/** Every step in order; the first that does not hold is the one at work. */
export function startSteps(workspace: Workspace, image?: Image): Step[] {
  const conditions = workspace.status?.conditions ?? [];
  const find = (type: string) => conditions.find((condition) => condition.type === type);
  const failed = workspace.status?.phase === 'Failed';
  const current = STEPS.findIndex(([type]) => find(type)?.status !== 'True');
  let begun = beginning(workspace);
  return STEPS.map(([type, title], index) => {
    const condition = find(type);
    const step: Step = {
      type,
      title,
      state: stateOf(index, current, failed),
      message: condition?.message ?? '',
    };
    if (step.state === 'done' && condition) {
      const took = begun === undefined ? -1 : Date.parse(condition.lastTransitionTime) - begun;
      if (took >= 0) step.tookMs = took;
      // What has held since before this start took no time of it.
      begun = Math.max(begun ?? 0, Date.parse(condition.lastTransitionTime));
    } else if (step.state === 'active' && begun !== undefined) {
      step.since = new Date(begun).toISOString();
      if (type === 'ImageReady') addImage(step, image);
    } else if (step.state === 'waiting') {
      step.message = '';
    }
    if (type === 'Admitted' && step.state === 'active') addQueue(step, workspace);
    return step;
  });
}

function stateOf(index: number, current: number, failed: boolean): StepState {
  if (current === -1 || index < current) return 'done';
  if (index > current) return 'waiting';
  return failed ? 'failed' : 'active';
}

/** The first step began when the workspace was made, unless it has been started since. */
function beginning(workspace: Workspace): number | undefined {
  if ((workspace.metadata.generation ?? 1) > 1) return undefined;
  const created = Date.parse(workspace.metadata.creationTimestamp ?? '');
  return Number.isNaN(created) ? undefined : created;
}

function addImage(step: Step, image: Image | undefined): void {
  if (image?.status?.phase !== 'Preparing') return;
  step.message = image.status.message || step.message;
  if (image.status.progress !== undefined) step.percent = image.status.progress;
}

function addQueue(step: Step, workspace: Workspace): void {
  const queue = workspace.status?.queue;
  if (queue) step.message = `Place ${queue.position} of ${queue.of} in the queue; it needs ${queue.needs}.`;
}

/** The one button that may mend a failed step. */
export function mendFor(step: Step): Mend {
  if (step.type === 'Admitted') return { label: 'Change its resources', kind: 'edit' };
  if (step.type === 'ImageReady') return { label: 'Look at the image', kind: 'image' };
  if (step.type === 'AppsReady') return { label: 'Read the logs', kind: 'logs' };
  return { label: 'Try again', kind: 'restart' };
}

/** Since when a workspace is in its present state. */
export function stateSince(workspace: Workspace): string | undefined {
  const conditions = workspace.status?.conditions ?? [];
  const ready = conditions.find((condition: Condition) => condition.type === 'Ready');
  if (workspace.metadata.deletionTimestamp) return workspace.metadata.deletionTimestamp;
  return ready?.lastTransitionTime ?? latest(conditions) ?? workspace.metadata.creationTimestamp;
}

function latest(conditions: Condition[]): string | undefined {
  return conditions
    .map((condition) => condition.lastTransitionTime)
    .sort()
    .at(-1);
}
