/** What a paste would do, so that a person can be asked. */

/** Lines of `text` that a shell would run at once; 0 where it would run none. */
export function pastedLines(text: string): number {
  const lines = text.replace(/\r\n?/g, '\n').split('\n');
  return lines.length > 1 ? lines.filter((line) => line.trim() !== '').length : 0;
}

/** Takes control characters out that could end the bracket around a paste or act by themselves. */
export function safePaste(text: string): string {
  return text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/g, '');
}

/** The text of an OSC 52 request to fill the clipboard; nothing for any other request. */
export function clipboardRequest(data: string): string | undefined {
  const parts = /^[cps0-7]*;([A-Za-z0-9+/=]+)$/.exec(data);
  if (!parts?.[1] || parts[1].length > 1 << 20) return undefined;
  try {
    const bytes = Uint8Array.from(atob(parts[1]), (letter) => letter.charCodeAt(0));
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
