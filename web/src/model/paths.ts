/** Paths inside a workspace. Relative ones begin at the user's home. */

export function joinPath(folder: string, name: string): string {
  if (folder === '' || folder === '.') return name;
  return folder.endsWith('/') ? folder + name : `${folder}/${name}`;
}

/** The folders on the way to `path`, the nearest last. */
export function crumbs(path: string): { name: string; path: string }[] {
  const absolute = path.startsWith('/');
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  const root = absolute ? { name: '/', path: '/' } : { name: 'Home', path: '' };
  return [
    root,
    ...parts.map((name, index) => ({
      name,
      path: (absolute ? '/' : '') + parts.slice(0, index + 1).join('/'),
    })),
  ];
}

export function parentOf(path: string): string {
  return crumbs(path).at(-2)?.path ?? (path.startsWith('/') ? '/' : '');
}

/** What is wrong with the name of a new file; nothing where it is good. */
export function fileNameProblem(name: string): string | undefined {
  if (name.trim() === '') return 'Give it a name.';
  if (name.includes('/') || name === '.' || name === '..') return 'A name cannot hold “/” or be “.” or “..”.';
  return undefined;
}
