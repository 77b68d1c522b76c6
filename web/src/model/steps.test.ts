import { describe, expect, it } from 'vitest';
import type { Condition, Image, Workspace } from '../api/types';
import { isStarting, mendFor, startSteps, stateSince } from './steps';

const at = (seconds: number) => new Date(1_800_000_000_000 + seconds * 1000).toISOString();
const held = (type: string, seconds: number): Condition => ({
  type,
  status: 'True',
  reason: 'Done',
  lastTransitionTime: at(seconds),
});

function workspace(status: Workspace['status'], generation = 1): Workspace {
  return {
    apiVersion: 'toft.dev/v1alpha1',
    kind: 'Workspace',
    metadata: { name: 'dev', creationTimestamp: at(0), generation },
    spec: {},
    ...(status ? { status } : {}),
  };
}

describe('the steps of a start', () => {
  it('are done one after the other, each with what it took', () => {
    const steps = startSteps(
      workspace({ phase: 'Starting', conditions: [held('Admitted', 0.1), held('ImageReady', 4.1)] }),
    );
    expect(steps.map(({ state }) => state)).toEqual([
      'done',
      'done',
      'active',
      'waiting',
      'waiting',
      'waiting',
      'waiting',
    ]);
    expect(steps[0]?.tookMs).toBe(100);
    expect(steps[1]?.tookMs).toBe(4000);
    expect(steps[2]?.since).toBe(at(4.1));
  });

  it('tell how far the image is', () => {
    const image = { status: { phase: 'Preparing', progress: 42, message: 'Unpacking.' } } as Image;
    const steps = startSteps(workspace({ phase: 'Starting', conditions: [held('Admitted', 0)] }), image);
    expect(steps[1]).toMatchObject({ percent: 42, message: 'Unpacking.' });
  });

  it('tell the place in the queue', () => {
    const status = { phase: 'Queued' as const, queue: { position: 2, of: 3, needs: '2Gi memory' } };
    expect(startSteps(workspace(status))[0]?.message).toBe('Place 2 of 3 in the queue; it needs 2Gi memory.');
  });

  it('name the one that failed, with its reason', () => {
    const failed: Condition = {
      ...held('ImageReady', 3),
      status: 'False',
      message: 'The registry answered 404.',
    };
    const steps = startSteps(workspace({ phase: 'Failed', conditions: [held('Admitted', 0), failed] }));
    expect(steps[1]).toMatchObject({ state: 'failed', message: 'The registry answered 404.' });
    expect(steps[1] && mendFor(steps[1]).kind).toBe('image');
  });

  it('do not count what held before this start', () => {
    const conditions = [
      held('Admitted', 900),
      held('ImageReady', 3),
      held('VolumeReady', 4),
      held('NetworkReady', 900.2),
    ];
    const steps = startSteps(workspace({ phase: 'Starting', conditions }, 3));
    expect(steps.map(({ tookMs }) => tookMs).slice(0, 4)).toEqual([undefined, undefined, undefined, 200]);
  });

  it('give no time to a first step whose beginning nobody knows', () => {
    const steps = startSteps(workspace({ phase: 'Starting', conditions: [held('Admitted', 900)] }, 3));
    expect(steps[0]?.tookMs).toBeUndefined();
  });
});

it('a stopped workspace that failed is not starting', () => {
  expect(isStarting(workspace({ phase: 'Failed' }))).toBe(true);
  expect(isStarting({ ...workspace({ phase: 'Failed' }), spec: { running: false } })).toBe(false);
  expect(isStarting(workspace({ phase: 'Running' }))).toBe(false);
});

it('the state counts from the change of Ready, else from the latest change', () => {
  const conditions = [held('Admitted', 5), held('Ready', 3)];
  expect(stateSince(workspace({ conditions }))).toBe(at(3));
  expect(stateSince(workspace({ conditions: [held('Admitted', 5), held('ImageReady', 4)] }))).toBe(at(5));
  expect(stateSince(workspace(undefined))).toBe(at(0));
});
