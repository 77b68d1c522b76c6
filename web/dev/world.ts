/** The objects of the stand-in daemon, and who watches them. */
import { randomUUID } from 'node:crypto';
import type {
  Condition,
  Image,
  Resource,
  Snapshot,
  Template,
  ToftEvent,
  Workspace,
} from '../src/api/types.ts';

export type Plural = 'workspaces' | 'snapshots' | 'templates' | 'images' | 'events' | 'namespaces';
type Listener = (type: string, object: Resource) => void;

const ago = (seconds: number) => new Date(Date.now() - seconds * 1000).toISOString();
const STEPS = [
  'Admitted',
  'ImageReady',
  'VolumeReady',
  'NetworkReady',
  'SandboxReady',
  'AgentReady',
  'AppsReady',
  'Ready',
];

export class World {
  objects: Record<Plural, Map<string, Resource>> = {
    workspaces: new Map(),
    snapshots: new Map(),
    templates: new Map(),
    images: new Map(),
    events: new Map(),
    namespaces: new Map(),
  };
  version = 100;
  log: { version: number; plural: Plural; type: string; object: Resource }[] = [];
  listeners = new Set<{ plural: Plural; tell: Listener }>();

  put(plural: Plural, object: Resource, type?: string): void {
    const key = `${object.metadata.namespace ?? ''}/${object.metadata.name}`;
    const known = this.objects[plural].has(key);
    this.version += 1;
    object.metadata.resourceVersion = String(this.version);
    object.metadata.uid ??= randomUUID();
    object.metadata.creationTimestamp ??= new Date().toISOString();
    const what = type ?? (known ? 'MODIFIED' : 'ADDED');
    if (what === 'DELETED') this.objects[plural].delete(key);
    else this.objects[plural].set(key, object);
    const copy = structuredClone(object);
    this.log.push({ version: this.version, plural, type: what, object: copy });
    for (const listener of this.listeners) if (listener.plural === plural) listener.tell(what, copy);
  }

  workspace(namespace: string, name: string): Workspace | undefined {
    return this.objects.workspaces.get(`${namespace}/${name}`) as Workspace | undefined;
  }

  /** Takes a snapshot, as the engine would. */
  async take(snapshot: Snapshot, stepMs: number): Promise<void> {
    snapshot.status = { phase: 'Pending' };
    this.put('snapshots', snapshot);
    await new Promise((resolve) => setTimeout(resolve, stepMs));
    const { template = 'shell' } =
      this.workspace(snapshot.metadata.namespace ?? '', snapshot.spec.workspace)?.spec ?? {};
    snapshot.status = { phase: 'Ready', takenAt: ago(0), sizeBytes: 812_000_000, source: { template } };
    this.put('snapshots', snapshot);
  }

  /** Replaces a disk, as the engine would: what it held before is kept. */
  async restore(workspace: Workspace, stepMs: number): Promise<void> {
    const before = `${workspace.metadata.name}-before-restore`;
    await this.take(snapshot(before, workspace.metadata.name), stepMs);
    const restored = workspace.spec.lifecycle?.restore?.requestedAt;
    workspace.status = { ...workspace.status, ...(restored && { restored }) };
    this.put('workspaces', workspace);
  }

  tell(
    about: Resource,
    reason: string,
    message: string,
    type: 'Normal' | 'Warning' = 'Normal',
    seconds = 0,
  ): void {
    const event: ToftEvent = {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: {
        name: `${about.metadata.name}.${this.version}`,
        namespace: about.metadata.namespace ?? 'default',
      },
      involvedObject: { apiVersion: about.apiVersion, kind: about.kind, ...about.metadata },
      reason,
      message,
      type,
      firstTimestamp: ago(seconds),
      lastTimestamp: ago(seconds),
      count: 1,
    };
    this.put('events', event);
  }

  /** Takes a workspace through the steps of a start, as the engine would. */
  async start(workspace: Workspace, stepMs: number): Promise<void> {
    workspace.status = { ...workspace.status, phase: 'Starting', conditions: [], message: 'Starting.' };
    for (const [index, type] of STEPS.entries()) {
      this.put('workspaces', workspace);
      await new Promise((resolve) => setTimeout(resolve, stepMs));
      if (workspace.metadata.deletionTimestamp || workspace.spec.running === false) return;
      workspace.status.conditions = [...(workspace.status.conditions ?? []), condition(type, 'True', 0)];
      if (index === STEPS.length - 1) this.tell(workspace, 'Ready', 'Its agent and its app answer.');
    }
    workspace.status = { ...workspace.status, ...running() };
    this.put('workspaces', workspace);
  }
}

export function condition(
  type: string,
  status: Condition['status'],
  seconds: number,
  message = '',
): Condition {
  return {
    type,
    status,
    reason: status === 'True' ? 'Done' : 'Failed',
    message,
    lastTransitionTime: ago(seconds),
  };
}

export function running(): Workspace['status'] {
  return {
    phase: 'Running',
    message: '',
    host: 'homelab',
    address: '10.77.0.2',
    imageDigest: `sha256:${'4f2a9c'.repeat(10)}beef`,
    apps: [{ name: 'terminal', title: 'Terminal', kind: 'terminal', ready: true }],
  };
}

function workspace(name: string, status: Workspace['status'], spec: Workspace['spec'] = {}): Workspace {
  return {
    apiVersion: 'toft.dev/v1alpha1',
    kind: 'Workspace',
    metadata: { name, namespace: 'admin', generation: 2, creationTimestamp: ago(90_000) },
    spec: { template: 'shell', running: true, ...spec },
    status: {
      resources: { requests: { cpu: '250m', memory: '512Mi' }, limits: { cpu: '2', memory: '2Gi' } },
      ...status,
    },
  };
}

function snapshot(name: string, of: string, status?: Snapshot['status'], expiresAt?: string): Snapshot {
  return {
    apiVersion: 'toft.dev/v1alpha1',
    kind: 'Snapshot',
    metadata: { name, namespace: 'admin', creationTimestamp: status?.takenAt ?? ago(0) },
    spec: { workspace: of, ...(expiresAt && { expiresAt }) },
    ...(status && { status }),
  };
}

function upTo(step: number, failed = ''): Condition[] {
  const done = STEPS.slice(0, step).map((type, index) => condition(type, 'True', 20 - index * 0.4));
  return failed ? [...done, condition(STEPS[step] ?? '', 'False', 6, failed)] : done;
}

const templates: Template[] = [
  {
    apiVersion: 'toft.dev/v1alpha1',
    kind: 'Template',
    metadata: { name: 'shell' },
    spec: {
      title: 'Shell',
      description: 'A Debian machine with a terminal, git and the usual tools.',
      image: 'debian-bookworm',
      apps: [{ name: 'terminal', title: 'Terminal', kind: 'terminal' }],
      parameters: [
        { name: 'timezone', title: 'Time zone', description: 'As in the tz database.', default: 'Etc/UTC' },
        { name: 'editor', title: 'Editor', default: 'nano', options: ['nano', 'vim'] },
      ],
      resources: {
        requests: { cpu: '250m', memory: '512Mi' },
        limits: { cpu: '2', memory: '2Gi', pids: '1024' },
      },
    },
    status: { builtIn: true },
  },
];

const images: Image[] = [
  image(
    'debian-bookworm',
    { debian: { suite: 'bookworm', packages: ['git', 'sudo', 'curl'] } },
    {
      phase: 'Ready',
      digest: `sha256:${'4f2a9c'.repeat(10)}beef`,
      sizeBytes: 231_000_000,
    },
  ),
];

function image(name: string, source: Image['spec']['source'], status: Image['status']): Image {
  return {
    apiVersion: 'toft.dev/v1alpha1',
    kind: 'Image',
    metadata: { name },
    spec: { source },
    ...(status ? { status } : {}),
  };
}

/** One of the states in which the pages are looked at. */
export function makeWorld(scene: string): World {
  const world = new World();
  for (const name of ['admin', 'ada']) {
    world.put('namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  }
  for (const template of structuredClone(templates)) world.put('templates', template);
  for (const item of structuredClone(images)) world.put('images', item);
  if (scene === 'full') fill(world);
  if (scene === 'many') {
    for (let number = 1; number <= 500; number += 1) {
      const up = number % 3 !== 0;
      world.put(
        'workspaces',
        workspace(
          `student-${number}`,
          up
            ? { ...running(), conditions: upTo(8) }
            : { phase: 'Stopped', conditions: [condition('Ready', 'False', 4000)] },
          { running: up },
        ),
      );
    }
  }
  return world;
}

function fill(world: World): void {
  const failure =
    'Fetching registry.example.org/team/base:2: the registry answered 404 (manifest unknown). Check the reference.';
  const dev = workspace('dev', {
    ...running(),
    conditions: upTo(8),
    apps: [
      { name: 'terminal', title: 'Terminal', kind: 'terminal', ready: true },
      { name: 'web', title: 'Preview', kind: 'web', port: 8080, ready: true },
    ],
  });
  dev.metadata.labels = { course: 'math', team: 'blue' };
  const broken = workspace('broken', { phase: 'Failed', conditions: upTo(1, failure), message: failure });
  const going = workspace('zapped', { phase: 'Deleting', message: 'Removing its home.' });
  going.metadata.deletionTimestamp = ago(3);
  const stopped: Workspace['status'] = {
    phase: 'Stopped',
    conditions: [condition('Ready', 'False', 200_000)],
  };
  const preparing: Workspace['status'] = {
    phase: 'Starting',
    conditions: upTo(1),
    message: 'Preparing the image.',
  };
  const made = [
    dev,
    broken,
    going,
    workspace('thesis-with-quite-long-name', { ...running(), conditions: upTo(8) }),
    workspace('build', preparing, { image: 'debian-trixie' }),
    workspace('big', { phase: 'Queued', queue: { position: 2, of: 3, needs: '2Gi memory' } }),
    workspace('old', stopped, { running: false }),
  ];
  for (const item of made) world.put('workspaces', item);
  world.put(
    'images',
    image(
      'debian-trixie',
      { debian: { suite: 'trixie', packages: [] } },
      { phase: 'Preparing', progress: 42, message: 'Unpacking 118 of 281 packages.' },
    ),
  );
  world.put(
    'images',
    image(
      'team-base',
      { oci: { reference: 'registry.example.org/team/base:2' } },
      { phase: 'Failed', message: failure },
    ),
  );
  world.put(
    'images',
    image('alpine', { oci: { reference: 'docker.io/library/alpine:3' } }, { phase: 'Absent' }),
  );
  const source = { template: 'shell' };
  const kept = (seconds: number, sizeBytes: number): Snapshot['status'] => ({
    phase: 'Ready',
    takenAt: ago(seconds),
    sizeBytes,
    source,
  });
  const noRoom = 'there is no room left for it: remove what is no longer needed, or make the disk larger';
  for (const item of [
    snapshot('dev-before-upgrade', 'dev', kept(86_000, 3_400_000_000)),
    snapshot('dev-20261120-081500', 'dev', kept(7200, 3_600_000_000), ago(-6 * 86_400)),
    snapshot('dev-large', 'dev', { phase: 'Failed', message: noRoom }),
    snapshot('gone-last', 'gone', kept(900_000, 120_000_000)),
  ])
    world.put('snapshots', item);
  const story: [number, string, string][] = [
    [90_000, 'Created', 'Made from template shell.'],
    [89_990, 'Started', 'The sandbox runs; 0.14 s.'],
    [89_989, 'Ready', 'Its agent and its app answer.'],
    [4000, 'Stopped', 'Stopped by admin.'],
    [20, 'Started', 'The sandbox runs; 0.12 s.'],
  ];
  for (const [seconds, reason, message] of story) world.tell(dev, reason, message, 'Normal', seconds);
  world.tell(broken, 'Failed', failure, 'Warning', 6);
}
