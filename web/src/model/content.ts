/** What a file's bytes are to a person who opens it. */

/** The most that is opened in the page; more is for a program inside, or a download. */
export const MOST = 2 * 1024 * 1024;

export type Content =
  | { kind: 'text'; text: string; breaks: '\n' | '\r\n'; mark: boolean }
  | { kind: 'picture'; type: string }
  | { kind: 'bytes' };

/** Pictures that a browser shows. Not SVG: opened on its own it is a page, with scripts. */
const PICTURES: [string, number[]][] = [
  ['image/png', [0x89, 0x50, 0x4e, 0x47]],
  ['image/jpeg', [0xff, 0xd8, 0xff]],
  ['image/gif', [0x47, 0x49, 0x46, 0x38]],
  ['image/webp', [0x52, 0x49, 0x46, 0x46]],
];

/** By what is in it, not by its name: names lie. */
export function contentOf(bytes: Uint8Array): Content {
  const picture = PICTURES.find(([, start]) => start.every((byte, index) => bytes[index] === byte));
  if (picture) return { kind: 'picture', type: picture[0] };
  if (bytes.includes(0)) return { kind: 'bytes' };
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return { kind: 'bytes' };
  }
  const mark = text.startsWith('\ufeff');
  const ends = text.split('\n').length - 1;
  const windows = ends > 0 && text.split('\r\n').length - 1 === ends;
  // A text area knows one kind of line break: a file that mixes them would not come back the same.
  if (text.includes('\r') && !windows) return { kind: 'bytes' };
  if (windows && /\r(?!\n)/.test(text)) return { kind: 'bytes' };
  const plain = (mark ? text.slice(1) : text).replaceAll('\r\n', '\n');
  return { kind: 'text', text: plain, breaks: windows ? '\r\n' : '\n', mark };
}

/** The bytes of an edited text, with the line breaks and the mark that it came with. */
export function backTo(content: { breaks: string; mark: boolean }, text: string): string {
  return (content.mark ? '\ufeff' : '') + text.replaceAll('\n', content.breaks);
}
