/** How well `query` fits `text`: higher is better, 0 is not at all. Words may be cut short. */
export function fit(query: string, text: string): number {
  const wanted = query.toLowerCase().trim();
  const offered = text.toLowerCase();
  if (wanted === '') return 1;
  let score = 0;
  for (const word of wanted.split(/\s+/)) {
    const found = fitWord(word, offered);
    if (found === 0) return 0;
    score += found;
  }
  return score;
}

function fitWord(word: string, text: string): number {
  const at = text.indexOf(word);
  if (at === 0) return 100;
  if (at > 0) return /[\s/-]/.test(text[at - 1] ?? '') ? 80 : 40;
  let position = -1;
  for (const letter of word) {
    position = text.indexOf(letter, position + 1);
    if (position === -1) return 0;
  }
  return 5;
}
