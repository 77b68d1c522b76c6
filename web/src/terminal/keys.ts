/** The keys that a phone's keyboard lacks, as the bytes that a terminal sends for them. */

export interface HelperKey {
  label: string;
  title: string;
  bytes: string;
  /** Sent instead while the program asks for application cursor keys. */
  application?: string;
}

export const helperKeys: HelperKey[] = [
  { label: 'Esc', title: 'Esc', bytes: '\u001b' },
  { label: 'Tab', title: 'Tab', bytes: '\t' },
  { label: '↑', title: 'Arrow up', bytes: '\u001b[A', application: '\u001bOA' },
  { label: '↓', title: 'Arrow down', bytes: '\u001b[B', application: '\u001bOB' },
  { label: '←', title: 'Arrow left', bytes: '\u001b[D', application: '\u001bOD' },
  { label: '→', title: 'Arrow right', bytes: '\u001b[C', application: '\u001bOC' },
  { label: '|', title: 'Pipe', bytes: '|' },
  { label: '/', title: 'Slash', bytes: '/' },
  { label: '~', title: 'Tilde', bytes: '~' },
  { label: '-', title: 'Dash', bytes: '-' },
];

/** The character that Ctrl makes of `text`; the text itself where Ctrl makes nothing of it. */
export function withControl(text: string): string {
  if (text.length !== 1) return text;
  if (text === ' ') return '\u0000';
  if (text === '?') return '\u007f';
  const code = text.toUpperCase().charCodeAt(0);
  return code >= 0x40 && code <= 0x5f ? String.fromCharCode(code - 0x40) : text;
}
