import { describe, expect, it } from 'vitest';
import { withControl } from './keys';
import { addTab, arrange, removePane, rename, split } from './layout';
import { clipboardRequest, pastedLines, safePaste } from './paste';

describe('the arrangement of terminals', () => {
  it('keeps what lives, drops what ended, adds what was opened elsewhere', () => {
    const before = { groups: [{ panes: ['a', 'gone'] }, { panes: ['b'] }], active: 1, focused: 'b' };
    expect(arrange(before, ['a', 'b', 'c'])).toEqual({
      groups: [{ panes: ['a'] }, { panes: ['b'] }, { panes: ['c'] }],
      active: 1,
      focused: 'b',
    });
  });

  it('begins with one new shell where there is none', () => {
    const { groups, focused } = arrange(undefined, []);
    expect(groups).toHaveLength(1);
    expect(focused).toMatch(/^new:/);
  });

  it('adds, splits, names and removes', () => {
    const one = arrange(undefined, ['a']);
    const two = addTab(one);
    const named = rename(two, two.focused, 'b');
    expect(named).toEqual({ groups: [{ panes: ['a'] }, { panes: ['b'] }], active: 1, focused: 'b' });
    const beside = split(named);
    expect(beside.groups[1]?.panes).toHaveLength(2);
    expect(removePane(beside, beside.focused)).toEqual(named);
    expect(removePane(named, 'a')).toEqual({ groups: [{ panes: ['b'] }], active: 0, focused: 'b' });
    expect(removePane(named, 'b').focused).toBe('a');
    expect(removePane(one, 'a').groups).toEqual([]);
  });
});

it('counts the lines that a paste would run', () => {
  expect(pastedLines('ls')).toBe(0);
  expect(pastedLines('ls\n')).toBe(1);
  expect(pastedLines('a\r\n\r\nb\rc')).toBe(3);
});

it('a paste cannot end its own bracket', () => {
  expect(safePaste('a\u001b[201~rm\tb\n')).toBe('a[201~rm\tb\n');
});

it('reads a request for the clipboard, and only such a one', () => {
  expect(clipboardRequest(`c;${btoa('hello')}`)).toBe('hello');
  expect(clipboardRequest('c;?')).toBeUndefined();
  expect(clipboardRequest('c;!!')).toBeUndefined();
  expect(clipboardRequest(`c;${btoa('\xff\xfe')}`)).toBeUndefined();
});

it('Ctrl makes control characters of letters', () => {
  expect(withControl('c')).toBe('\u0003');
  expect(withControl('[')).toBe('\u001b');
  expect(withControl('paste')).toBe('paste');
  expect(withControl('é')).toBe('é');
});
