/** Names, checked as crates/model checks them, so that a form can tell before the daemon does. */

export const WORKSPACE_MAX = 28;
export const OWNER_MAX = 19;

/** What is wrong with `name`; nothing where it is good. */
export function nameProblem(name: string, max: number): string | undefined {
  if (name === '') return 'Give it a name, for example “dev”.';
  if (name.length > max) return `Use at most ${max} characters; this has ${name.length}.`;
  if (/[A-Z]/.test(name)) return 'Use lower-case letters only.';
  if (!/^[a-z]/.test(name)) return 'Begin with a letter.';
  if (!/^[a-z0-9-]+$/.test(name)) return 'Use letters, digits and single dashes only.';
  if (name.endsWith('-')) return 'End with a letter or a digit.';
  if (name.includes('--')) return 'Use one dash at a time: two of them separate the parts of host names.';
  return undefined;
}

/** `base`, or `base-2`, `base-3` … where it is taken. */
export function suggestName(base: string, taken: ReadonlySet<string>): string {
  for (let number = 1; ; number += 1) {
    const suffix = number === 1 ? '' : `-${number}`;
    const name = base.slice(0, WORKSPACE_MAX - suffix.length).replace(/-+$/, '') + suffix;
    if (!taken.has(name)) return name;
  }
}

const LABEL_NAME = /^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/;

/** What is wrong with a label; nothing where it is good. */
export function labelProblem(key: string, value: string): string | undefined {
  const slash = key.lastIndexOf('/');
  const prefix = key.slice(0, Math.max(0, slash));
  const name = key.slice(slash + 1);
  if (
    slash === 0 ||
    (prefix !== '' && !/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/.test(prefix)) ||
    !LABEL_NAME.test(name)
  ) {
    return 'Write the key as “course” or “example.org/course”.';
  }
  if (value !== '' && !LABEL_NAME.test(value)) {
    return 'Write the value with letters, digits, “-”, “_” and “.”, beginning and ending with a letter or digit.';
  }
  return undefined;
}
