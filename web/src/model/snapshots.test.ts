import { describe, expect, it } from 'vitest';
import type { Snapshot, Workspace } from '../api/types';
import { cloneOf, nameByTime, newestFirst, pendingRestore, shownName, snapshotProblem } from './snapshots';

function snapshot(name: string, takenAt: string, workspace = 'dev', namespace = 'ada'): Snapshot {
  return {
    apiVersion: 'toft.dev/v1alpha1',
    kind: 'Snapshot',
    metadata: { name, namespace },
    spec: { workspace },
    status: {
      phase: 'Ready',
      takenAt,
      source: {
        template: 'shell',
        parameters: { timezone: 'Asia/Tokyo' },
        resources: { limits: { cpu: '2' } },
      },
    },
  };
}

describe('names', () => {
  it('are shown without the workspace they are of', () => {
    expect(shownName(snapshot('dev-before', ''))).toBe('before');
    expect(shownName(snapshot('made-by-kubectl', ''))).toBe('made-by-kubectl');
  });

  it('are the time, where nobody chose one', () => {
    expect(nameByTime(new Date('2026-11-21T20:30:55.123Z'))).toBe('20261121-203055');
  });

  it('are told when they cannot be', () => {
    const taken = new Set(['before']);
    for (const good of ['after', '20261121-203055', 'x'.repeat(59)]) {
      expect(snapshotProblem('dev', good, taken), good).toBeUndefined();
    }
    for (const bad of ['', 'before', 'Before', 'a--b', 'a b', 'a-', 'x'.repeat(60)]) {
      expect(snapshotProblem('dev', bad, taken), bad).toBeTypeOf('string');
    }
  });
});

describe('a list', () => {
  it('holds those of one workspace, the newest first', () => {
    const all = [
      snapshot('dev-a', '2026-11-01T00:00:00Z'),
      snapshot('dev-b', '2026-11-02T00:00:00Z'),
      snapshot('other-a', '2026-11-03T00:00:00Z', 'other'),
      snapshot('dev-a', '2026-11-04T00:00:00Z', 'dev', 'bob'),
    ];
    const names = (items: Snapshot[]) =>
      items.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);
    expect(names(newestFirst(all, 'ada', 'dev'))).toEqual(['ada/dev-b', 'ada/dev-a']);
    expect(names(newestFirst(all))).toEqual(['bob/dev-a', 'ada/other-a', 'ada/dev-b', 'ada/dev-a']);
  });
});

describe('a restore', () => {
  it('is pending until the daemon says that this one was done', () => {
    const workspace = (requestedAt?: string, restored?: string) =>
      ({
        spec: { lifecycle: requestedAt ? { restore: { snapshot: 'dev-a', requestedAt } } : {} },
        status: { restored },
      }) as unknown as Workspace;
    expect(pendingRestore(workspace())).toBeUndefined();
    expect(pendingRestore(workspace('2026-11-01T00:00:00Z'))).toBe('dev-a');
    expect(pendingRestore(workspace('2026-11-01T00:00:00Z', '2026-10-01T00:00:00Z'))).toBe('dev-a');
    expect(pendingRestore(workspace('2026-11-01T00:00:00.120Z', '2026-11-01T00:00:00.12Z'))).toBeUndefined();
  });
});

describe('a clone', () => {
  it('is like what was kept', () => {
    expect(cloneOf(snapshot('dev-a', ''), 'dev-2')).toEqual({
      apiVersion: 'toft.dev/v1alpha1',
      kind: 'Workspace',
      metadata: { name: 'dev-2', namespace: 'ada' },
      spec: {
        running: true,
        template: 'shell',
        parameters: { timezone: 'Asia/Tokyo' },
        resources: { limits: { cpu: '2' } },
        dataSource: { kind: 'Snapshot', name: 'dev-a' },
      },
    });
  });
});
