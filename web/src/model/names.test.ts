import { describe, expect, it } from 'vitest';
import { labelProblem, nameProblem, suggestName, WORKSPACE_MAX } from './names';

describe('a name', () => {
  it.each(['dev', 'my-dev2', 'a', 'x'.repeat(28)])('%s is good', (name) => {
    expect(nameProblem(name, WORKSPACE_MAX)).toBeUndefined();
  });

  it.each([
    ['', 'Give it a name'],
    ['x'.repeat(29), 'at most 28'],
    ['Dev', 'lower-case'],
    ['2nd', 'Begin with a letter'],
    ['-dev', 'Begin with a letter'],
    ['dev-', 'End with'],
    ['a--b', 'one dash at a time'],
    ['a_b', 'letters, digits'],
    ['dév', 'letters, digits'],
  ])('%s is told what is wrong', (name, words) => {
    expect(nameProblem(name, WORKSPACE_MAX)?.toLowerCase()).toContain(words.toLowerCase());
  });
});

describe('a suggested name', () => {
  it('counts on where the name is taken', () => {
    expect(suggestName('shell', new Set())).toBe('shell');
    expect(suggestName('shell', new Set(['shell', 'shell-2']))).toBe('shell-3');
  });

  it('stays good however long the template is called', () => {
    const base = `${'long-'.repeat(5)}name`;
    const taken = new Set([suggestName(base, new Set())]);
    expect(nameProblem(suggestName(base, taken), WORKSPACE_MAX)).toBeUndefined();
  });
});

describe('a label', () => {
  it('is good as Kubernetes writes it', () => {
    expect(labelProblem('course', 'math')).toBeUndefined();
    expect(labelProblem('example.org/course', '')).toBeUndefined();
  });

  it.each([
    ['/x', 'a'],
    ['a b', 'c'],
    ['Example.org/x', 'a'],
    ['x', '-a'],
    ['x', 'a b'],
  ])('%s=%s is refused', (key, value) => {
    expect(labelProblem(key, value)).toBeDefined();
  });
});
