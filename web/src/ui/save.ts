/** Hands `text` to the browser as a download. */
export function saveAs(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/plain' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The download has taken hold of the data by the next turn of the event loop.
  setTimeout(() => URL.revokeObjectURL(url), 0);
}
