/** Writes plain data as YAML that `toft apply` reads. */

const PLAIN = /^[A-Za-z_/][A-Za-z0-9_./-]*$/;
const RESERVED = /^(true|false|null|yes|no|on|off|y|n|\.nan|[.+-]*inf)$/i;

function scalar(value: unknown): string {
  if (typeof value === 'string') {
    return PLAIN.test(value) && !RESERVED.test(value) ? value : JSON.stringify(value);
  }
  return JSON.stringify(value) ?? 'null';
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

/** Lines of a value, to be set below its key. */
function block(value: object, indent: string): string[] {
  if (Array.isArray(value)) return value.flatMap((item: unknown) => listItem(item, indent));
  return Object.entries(value)
    .filter(([, item]) => item !== undefined)
    .flatMap(([key, item]) => entry(scalar(key), item, indent));
}

function entry(key: string, value: unknown, indent: string): string[] {
  if (typeof value !== 'object' || value === null) return [`${indent}${key}: ${scalar(value)}`];
  if (isEmpty(value)) return [`${indent}${key}: ${Array.isArray(value) ? '[]' : '{}'}`];
  return [`${indent}${key}:`, ...block(value, `${indent}  `)];
}

function listItem(value: unknown, indent: string): string[] {
  if (typeof value !== 'object' || value === null) return [`${indent}- ${scalar(value)}`];
  const [first = '', ...rest] = block(value, `${indent}  `);
  return [`${indent}- ${first.trimStart()}`, ...rest];
}

export function toYaml(value: object): string {
  return `${block(value, '').join('\n')}\n`;
}
