/**
 * The resources and answers of the daemon's API, named from what `npm run types` makes of its OpenAPI
 * documents. Nothing is described here that the documents describe.
 */
import type { components as Core } from './schema/api_v1';
import type { components as Own } from './schema/apis_toft.dev_v1alpha1';
import type { paths as Toft } from './schema/toft';

type Kinds = Own['schemas'];
type Path = keyof Toft;

/** What the server sends has a name, though what is sent to it need not. */
type Named<T extends { metadata: object }> = Omit<T, 'metadata'> & {
  metadata: T['metadata'] & { name: string };
};

/** The document leaves open which fields there are; the server always sends them all, or null. */
export type Sent<T> = T extends (infer Item)[]
  ? Sent<Item>[]
  : T extends object
    ? { [Key in keyof T]-?: Sent<NonNullable<T[Key]>> }
    : T;

type JsonOf<Answer> = Answer extends { content: { 'application/json': infer Body } } ? Body : never;
type Method<P extends Path, M extends keyof Toft[P]> = Toft[P][M];

/** The JSON of an operation's answer. */
export type Answer<P extends Path, M extends keyof Toft[P], Status extends number = 200> =
  Method<P, M> extends { responses: infer All }
    ? Status extends keyof All
      ? JsonOf<All[Status]>
      : never
    : never;

/** The JSON of an operation's body. */
export type Body<P extends Path, M extends keyof Toft[P]> =
  Method<P, M> extends { requestBody?: infer B } ? JsonOf<NonNullable<B>> : never;

type Items<P extends Path> =
  Sent<Answer<P, 'get' & keyof Toft[P]>> extends { items: (infer Item)[] } ? Item : never;
type ObjectPath = '/apis/toft.dev/v1alpha1/namespaces/{namespace}/workspaces/{name}';

// === Resources ===

export type Workspace = Named<Kinds['dev.toft.v1alpha1.Workspace']>;
export type Snapshot = Named<Kinds['dev.toft.v1alpha1.Snapshot']>;
export type Template = Named<Kinds['dev.toft.v1alpha1.Template']>;
export type Image = Named<Kinds['dev.toft.v1alpha1.Image']>;
export type ToftEvent = Named<Core['schemas']['io.k8s.api.core.v1.Event']>;
export type ObjectMeta = Workspace['metadata'];

export interface Resource {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
}

export interface ResourceList<T> {
  metadata: Own['schemas']['io.k8s.apimachinery.pkg.apis.meta.v1.ListMeta'];
  items: T[];
}

export type WorkspaceSpec = Workspace['spec'];
export type WorkspaceStatus = NonNullable<Workspace['status']>;
export type Phase = NonNullable<WorkspaceStatus['phase']>;
export type Condition = NonNullable<WorkspaceStatus['conditions']>[number];
export type AppStatus = NonNullable<WorkspaceStatus['apps']>[number];
export type Resources = NonNullable<WorkspaceSpec['resources']>;
export type Amounts = NonNullable<Resources['limits']>;
export type Quantity = NonNullable<Amounts['cpu']>;
export type Parameter = NonNullable<Template['spec']['parameters']>[number];
export type SnapshotPhase = NonNullable<NonNullable<Snapshot['status']>['phase']>;
export type ImagePhase = NonNullable<NonNullable<Image['status']>['phase']>;

// === Answers ===

export type Me = Answer<'/api/toft/v1/me', 'get'>;
export type Host = Sent<Answer<'/api/toft/v1/host', 'get'>>;
export type User = Items<'/api/toft/v1/users'>;
export type Role = NonNullable<Body<'/api/toft/v1/users', 'post'>['role']>;
export type Token = Answer<'/api/toft/v1/tokens', 'get'>['items'][number];
export type BrowserSession = Items<'/api/toft/v1/sessions'>;
export type AuditEntry = Items<'/api/toft/v1/audit'>;
export type Check = Sent<Answer<'/api/toft/v1/doctor', 'get'>>['checks'][number];
export type UsageItem = Items<'/api/toft/v1/usage'>;
export type Usage = Sent<Answer<`${ObjectPath}/usage`, 'get'>>;
export type UsagePoint = Usage['history'][number];
export type TerminalInfo = Items<`${ObjectPath}/terminals`>;

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
