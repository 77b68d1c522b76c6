/** One way to ask the daemon: JSON in and out, and one error type for both of its error formats. */

/** What went wrong, in the daemon's own words where it spoke. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly reason: string,
    message: string,
    readonly hint?: string,
    readonly causes: { field: string; message: string }[] = [],
  ) {
    super(message);
    this.name = 'ApiError';
  }

  /** The message about one field, where the answer names it. */
  about(field: string): string | undefined {
    return this.causes.find((cause) => cause.field === field)?.message;
  }
}

/** Calls `listener` whenever the daemon says that nobody is signed in. */
export function onSignedOut(listener: () => void): void {
  signedOut = listener;
}

let signedOut: () => void = () => undefined;

export interface RequestOptions {
  method?: string;
  json?: unknown;
  body?: BodyInit;
  contentType?: string;
  /** The version that is to be replaced, as an `ETag` told it. */
  ifMatch?: string;
  signal?: AbortSignal;
  keepalive?: boolean;
}

/** Sends a request and returns the answer, or throws what the daemon or the network said. */
export async function request(path: string, options: RequestOptions = {}): Promise<Response> {
  const headers = new Headers({ accept: 'application/json' });
  if (options.json !== undefined) headers.set('content-type', options.contentType ?? 'application/json');
  else if (options.contentType) headers.set('content-type', options.contentType);
  if (options.ifMatch) headers.set('if-match', options.ifMatch);
  const body = options.json === undefined ? options.body : JSON.stringify(options.json);
  const init: RequestInit = { method: options.method ?? 'GET', headers, credentials: 'same-origin' };
  if (body !== undefined) init.body = body;
  if (options.signal) init.signal = options.signal;
  if (options.keepalive) init.keepalive = true;
  let response: Response;
  try {
    response = await fetch(path, init);
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw new ApiError(
      0,
      'Unreachable',
      'Toft does not answer.',
      'It may be restarting; this page goes on trying.',
    );
  }
  if (response.ok) return response;
  const problem = await readError(response);
  if (response.status === 401 && !path.endsWith('/login')) signedOut();
  throw problem;
}

/** Sends a request and reads the answer as JSON. */
export async function requestJson<T>(path: string, options: RequestOptions = {}): Promise<T> {
  const response = await request(path, options);
  if (response.status === 204) return undefined as T;
  return (await response.json()) as T;
}

async function readError(response: Response): Promise<ApiError> {
  const fallback = `The daemon answered ${response.status} ${response.statusText}`.trim() + '.';
  try {
    return parseError(response.status, await response.json(), fallback);
  } catch {
    return new ApiError(response.status, 'Unknown', fallback);
  }
}

/** Reads a Kubernetes `Status` or a problem+json document. */
export function parseError(status: number, body: unknown, fallback: string): ApiError {
  const doc = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>;
  const text = (key: string) => (typeof doc[key] === 'string' ? (doc[key] as string) : undefined);
  if (doc['kind'] === 'Status') {
    const details = (doc['details'] ?? {}) as { causes?: { field?: string; message?: string }[] };
    const causes = (details.causes ?? []).map((cause) => ({
      field: cause.field ?? '',
      message: cause.message ?? '',
    }));
    return new ApiError(status, text('reason') ?? 'Unknown', text('message') ?? fallback, undefined, causes);
  }
  const message = text('detail') ?? text('title') ?? fallback;
  return new ApiError(status, text('type') ?? 'Unknown', message, text('hint'));
}

/** The error as a sentence for people. */
export function explain(error: unknown): string {
  if (error instanceof ApiError) return error.hint ? `${error.message} ${error.hint}` : error.message;
  // What a browser calls a broken connection differs from one to the next, and helps nobody.
  if (error instanceof TypeError) return 'The connection to Toft broke.';
  return error instanceof Error ? error.message : String(error);
}
