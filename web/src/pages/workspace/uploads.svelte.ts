/** Files on their way into a workspace: a few at a time, each with its progress. */
import { files, type Ref } from '../../api/client';
import { ApiError, parseError } from '../../api/http';
import { joinPath } from '../../model/paths';

export interface Upload {
  id: number;
  name: string;
  percent: number;
  state: 'waiting' | 'sending' | 'done' | 'failed';
  error: string;
  cancel: () => void;
}

const AT_ONCE = 3;

export class Uploads {
  list = $state<Upload[]>([]);
  #queue: (() => Promise<void>)[] = [];
  #busy = 0;
  #next = 1;

  constructor(private readonly onArrived: () => void) {}

  get active(): boolean {
    return this.list.some(({ state }) => state === 'sending' || state === 'waiting');
  }

  add(ref: Ref, folder: string, chosen: Iterable<File>): void {
    for (const file of chosen) {
      const upload: Upload = $state({
        id: this.#next,
        name: file.name,
        percent: 0,
        state: 'waiting',
        error: '',
        cancel: () => this.drop(upload.id),
      });
      this.#next += 1;
      this.list.push(upload);
      this.#queue.push(() => this.#send(upload, files.url(ref, joinPath(folder, file.name)), file));
    }
    this.#pump();
  }

  drop(id: number): void {
    this.list = this.list.filter((upload) => upload.id !== id);
  }

  #pump(): void {
    while (this.#busy < AT_ONCE) {
      const work = this.#queue.shift();
      if (!work) return;
      this.#busy += 1;
      void work().finally(() => {
        this.#busy -= 1;
        this.#pump();
      });
    }
  }

  async #send(upload: Upload, url: string, file: File): Promise<void> {
    if (!this.list.some(({ id }) => id === upload.id)) return;
    upload.state = 'sending';
    try {
      await put(url, file, upload);
      upload.state = 'done';
      this.drop(upload.id);
      this.onArrived();
    } catch (error) {
      upload.state = 'failed';
      upload.error = error instanceof Error ? error.message : String(error);
    }
  }
}

/** `fetch` does not tell how much of a body has been sent; XMLHttpRequest does. */
function put(url: string, file: File, upload: Upload): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('PUT', url);
    request.setRequestHeader('content-type', 'application/octet-stream');
    request.upload.onprogress = (event) => {
      if (event.lengthComputable) upload.percent = Math.round((event.loaded / event.total) * 100);
    };
    request.onload = () => {
      if (request.status < 300) resolve();
      else reject(readProblem(request));
    };
    request.onerror = () => reject(new ApiError(0, 'Unreachable', 'The connection broke.'));
    const drop = upload.cancel;
    upload.cancel = () => {
      request.abort();
      drop();
      resolve();
    };
    request.send(file);
  });
}

function readProblem(request: XMLHttpRequest): ApiError {
  const fallback = `The daemon answered ${request.status}.`;
  try {
    return parseError(request.status, JSON.parse(request.responseText), fallback);
  } catch {
    return new ApiError(request.status, 'Unknown', fallback);
  }
}
