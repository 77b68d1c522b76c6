import { expect, it } from 'vitest';
import { explain, parseError } from './http';

it('a Kubernetes Status keeps its causes', () => {
  const error = parseError(
    422,
    {
      kind: 'Status',
      reason: 'Invalid',
      message: 'Workspace "Dev" is invalid',
      details: {
        causes: [{ field: 'metadata.name', message: 'must be lower-case', reason: 'FieldValueInvalid' }],
      },
    },
    'fallback',
  );
  expect(error.reason).toBe('Invalid');
  expect(error.about('metadata.name')).toBe('must be lower-case');
  expect(error.about('spec')).toBeUndefined();
});

it('a problem keeps its hint', () => {
  const error = parseError(
    401,
    { type: 'about:blank', title: 'Used', detail: 'This link was used.', hint: 'Ask for a new one.' },
    'f',
  );
  expect(explain(error)).toBe('This link was used. Ask for a new one.');
});

it('an answer that says nothing gets a sentence all the same', () => {
  expect(parseError(502, null, 'The daemon answered 502.').message).toBe('The daemon answered 502.');
});
