import { describe, expect, it } from 'vitest';
import { backTo, contentOf } from './content';

const bytes = (text: string) => new TextEncoder().encode(text);

describe('content', () => {
  it.each(['', 'one', 'one\ntwo\n', 'one\r\ntwo\r\n', '\ufeffmark\r\n', 'Grüße 🌱\n'])(
    'gives %j back as it was',
    (text) => {
      const content = contentOf(bytes(text));
      expect(content.kind).toBe('text');
      if (content.kind !== 'text') return;
      expect(content.text).not.toContain('\r');
      expect(backTo(content, content.text)).toBe(text);
    },
  );

  it('edits nothing that it could not give back', () => {
    expect(contentOf(bytes('mixed\r\nbreaks\n')).kind).toBe('bytes');
    expect(contentOf(bytes('old\rmac')).kind).toBe('bytes');
    expect(contentOf(bytes('a\r\r\n')).kind).toBe('bytes');
    expect(contentOf(bytes('nul\0')).kind).toBe('bytes');
    expect(contentOf(new Uint8Array([0x66, 0xfc, 0x72])).kind).toBe('bytes');
  });

  it('knows pictures by what is in them, and takes no page for one', () => {
    expect(contentOf(new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d]))).toEqual({
      kind: 'picture',
      type: 'image/png',
    });
    expect(contentOf(bytes('<svg xmlns="http://www.w3.org/2000/svg"/>')).kind).toBe('text');
  });
});
