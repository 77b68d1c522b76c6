/** Takes the terminal's control sequences out of log text. */
const SEQUENCES =
  /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[@-Z\\-_])|[\u0000-\u0008\u000b-\u001a\u007f]/g;

export function plainText(text: string): string {
  return text.replace(/\r\n/g, '\n').replace(SEQUENCES, '');
}
