/** The resources and answers of the daemon's API, as crates/model and the API write them. */

export interface ObjectMeta {
  name: string;
  namespace?: string;
  uid?: string;
  resourceVersion?: string;
  generation?: number;
  creationTimestamp?: string;
  deletionTimestamp?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
}

export interface Condition {
  type: string;
  status: 'True' | 'False' | 'Unknown';
  reason: string;
  message?: string;
  lastTransitionTime: string;
  observedGeneration?: number;
}

export interface Resource {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
}

export interface ResourceList<T> {
  metadata: { resourceVersion?: string; continue?: string };
  items: T[];
}

export type Quantity = string | number;

export interface Amounts {
  cpu?: Quantity;
  memory?: Quantity;
  pids?: Quantity;
}

export interface Resources {
  requests?: Amounts;
  limits?: Amounts;
}

export type Phase =
  'Pending' | 'Queued' | 'Starting' | 'Running' | 'Stopping' | 'Stopped' | 'Failed' | 'Deleting';

export type AppKind = 'terminal' | 'web';

export interface AppStatus {
  name: string;
  title: string;
  kind: AppKind;
  port?: number;
  ready: boolean;
  message?: string;
}

export interface WorkspaceSpec {
  template?: string;
  parameters?: Record<string, string>;
  image?: string;
  running?: boolean;
  resources?: Resources;
  lifecycle?: { stopGraceSeconds?: number; restartedAt?: string };
}

export interface WorkspaceStatus {
  phase?: Phase;
  message?: string;
  conditions?: Condition[];
  host?: string;
  address?: string;
  imageDigest?: string;
  resources?: Resources;
  queue?: { position: number; of: number; needs: string };
  apps?: AppStatus[];
  startedAt?: string;
  leftovers?: string[];
}

export interface Workspace extends Resource {
  spec: WorkspaceSpec;
  status?: WorkspaceStatus;
}

export interface Parameter {
  name: string;
  title: string;
  description?: string;
  default?: string;
  options?: string[];
}

export interface TemplateApp {
  name: string;
  title: string;
  kind?: AppKind;
  port?: number;
}

export interface Template extends Resource {
  spec: {
    title: string;
    description?: string;
    image: string;
    user?: { name: string; home: string; shell: string };
    apps?: TemplateApp[];
    parameters?: Parameter[];
    resources?: Resources;
    network?: { egress?: 'none' | 'internet' | 'lan'; lan?: string[] };
  };
  status?: { builtIn?: boolean };
}

export type ImagePhase = 'Absent' | 'Preparing' | 'Ready' | 'Failed';

export interface Image extends Resource {
  spec: { source: { oci?: { reference: string }; debian?: { suite: string; packages?: string[] } } };
  status?: {
    phase?: ImagePhase;
    message?: string;
    progress?: number;
    digest?: string;
    sizeBytes?: number;
    conditions?: Condition[];
  };
}

export interface ToftEvent extends Resource {
  involvedObject: { kind: string; namespace?: string; name: string; uid?: string };
  reason: string;
  message: string;
  type: 'Normal' | 'Warning';
  firstTimestamp: string;
  lastTimestamp: string;
  count: number;
}

export interface Me {
  user: string;
  role: string;
  namespace: string;
  via: string;
}

export interface Capacity {
  cpuMilli: number;
  memoryBytes: number;
  diskBytes: number;
}

export interface Host {
  host: string;
  version: string;
  instance: string;
  domain: string;
  urls: string[];
  capacity: Capacity;
  reserved: Capacity;
  free: Capacity;
}

export interface UsagePoint {
  at: string;
  cpuMilli: number;
  memoryBytes: number;
}

export interface Usage extends UsagePoint {
  cpuLimitMilli?: number | null;
  memoryLimitBytes?: number | null;
  pids: number;
  pidsLimit?: number | null;
  diskBytes?: number | null;
  history?: UsagePoint[];
}

export interface UsageItem extends Usage {
  namespace: string;
  name: string;
}

export interface TerminalInfo {
  session: string;
  title: string;
  createdAt: string;
  attached: number;
  alive: boolean;
}

export interface FileEntry {
  name: string;
  kind: 'file' | 'dir' | 'symlink' | 'other';
  size: number;
  mode: number;
  mtime: string;
  target?: string;
  /** Whether a link leads to a folder. */
  directory?: boolean;
}

export interface User {
  name: string;
  role: string;
  createdAt: string;
}

export interface Token {
  id: string;
  name: string;
  user: string;
  createdAt: string;
  expiresAt?: string | null;
  lastUsedAt?: string | null;
}

export interface Check {
  name: string;
  verdict: 'ok' | 'warn' | 'fail';
  detail: string;
  fix?: string | null;
}

export interface BrowserSession {
  id: string;
  agent: string;
  address: string;
  createdAt: string;
  lastSeenAt: string;
  expiresAt: string;
  current: boolean;
}

export interface AuditEntry {
  id?: string | number;
  at: string;
  actor: string;
  action: string;
  subject: string;
  outcome?: string;
  from?: string;
}
