// Every page in its states.
export const catalogue = [
  { name: 'sign-in', scene: 'signed-out', path: '/', ready: 'Sign in to Toft' },
  { name: 'workspaces-empty', scene: 'empty', path: '/', ready: 'Make your first workspace' },
  { name: 'workspaces', scene: 'full', path: '/', ready: 'thesis-with-quite' },
  { name: 'workspaces-500', scene: 'many', path: '/', ready: 'student-500' },
  { name: 'new-workspace', scene: 'full', path: '/new', ready: 'Memory reserved' },
  { name: 'templates', scene: 'full', path: '/templates', ready: 'New from Shell' },
  { name: 'images', scene: 'full', path: '/images', ready: 'Unpacking 118' },
  { name: 'snapshots', scene: 'full', path: '/snapshots', ready: 'which is deleted' },
  { name: 'activity', scene: 'full', path: '/activity', ready: 'The sandbox runs' },
  { name: 'access', scene: 'full', path: '/tokens', ready: 'Chrome on Linux' },
  { name: 'admin-users', scene: 'full', path: '/admin', ready: 'ada' },
  { name: 'admin-host', scene: 'full', path: '/admin/host', ready: '3fa9c1' },
  { name: 'admin-doctor', scene: 'full', path: '/admin/doctor', ready: 'DNS for the LAN' },
  { name: 'terminal', scene: 'full', path: '/w/admin/dev', ready: /[$#]/ },
  { name: 'start-steps', scene: 'full', path: '/w/admin/build', ready: '42 %' },
  { name: 'start-failed', scene: 'full', path: '/w/admin/broken', ready: 'Look at the image' },
  { name: 'stopped', scene: 'full', path: '/w/admin/old', ready: 'It is stopped' },
  { name: 'files', scene: 'full', path: '/w/admin/dev/files', ready: 'notes.md' },
  { name: 'workspace-snapshots', scene: 'full', path: '/w/admin/dev/snapshots', ready: 'before-upgrade' },
  { name: 'logs', scene: 'full', path: '/w/admin/dev/logs', ready: 'line 60 of the log' },
  { name: 'events', scene: 'full', path: '/w/admin/dev/activity', ready: 'The sandbox runs' },
  { name: 'resources', scene: 'full', path: '/w/admin/dev/resources', ready: 'Processes' },
  { name: 'settings', scene: 'full', path: '/w/admin/dev/settings', ready: 'course=math' },
  { name: 'not-found', scene: 'full', path: '/nowhere', ready: 'There is no such page' },
];

/** Of these a picture is kept; of the others the looks are checked all the same. */
export const kept = new Set(['workspaces', 'workspaces-empty', 'workspaces-500', 'new-workspace', 'start-failed', 'files', 'snapshots', 'workspace-snapshots', 'resources', 'images', 'admin-doctor']);
