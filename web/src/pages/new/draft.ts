/** The workspace that the form describes: only what differs from the template is written. */
import type { Amounts, Template, WorkspaceSpec } from '../../api/types';

export interface Draft {
  parameters: Record<string, string>;
  /** Limits as typed; the template's where empty. */
  cpu: string;
  memory: string;
}

export interface DraftWorkspace {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace: string };
  spec: WorkspaceSpec;
}

export function draftOf(owner: string, name: string, template: Template, draft: Draft): DraftWorkspace {
  const spec: WorkspaceSpec = { template: template.metadata.name };
  const changed = (template.spec.parameters ?? [])
    .map(({ name: key, default: usual }) => [key, draft.parameters[key] ?? usual ?? '', usual ?? ''] as const)
    .filter(([, value, usual]) => value !== usual)
    .map(([key, value]) => [key, value]);
  if (changed.length > 0) spec.parameters = Object.fromEntries(changed) as Record<string, string>;
  const limits: Amounts = {};
  if (draft.cpu.trim() !== '') limits.cpu = draft.cpu.trim();
  if (draft.memory.trim() !== '') limits.memory = draft.memory.trim();
  if (Object.keys(limits).length > 0) spec.resources = { limits };
  return {
    apiVersion: 'toft.dev/v1alpha1',
    kind: 'Workspace',
    metadata: { name, namespace: owner },
    spec,
  };
}
