/**
 * What the desktop plays, heard here: two channels of 48,000 samples a second, 16 bits each, as
 * they come. A thin line makes gaps rather than an ever longer delay.
 */
const RATE = 48_000;
/** How far ahead of the ear sound is kept, at first and at most, in seconds. */
const AHEAD = 0.08;
const MOST = 0.4;

export class Sound {
  readonly #context = new AudioContext({ sampleRate: RATE, latencyHint: 'interactive' });
  readonly #socket: WebSocket;
  #next = 0;
  /** An octet of a sample whose other one has not come yet. */
  #rest = new Uint8Array(0);

  constructor(ended: () => void) {
    const url = new URL('/sound', location.href);
    url.protocol = 'wss:';
    this.#socket = new WebSocket(url);
    this.#socket.binaryType = 'arraybuffer';
    this.#socket.onmessage = ({ data }) => this.#play(new Uint8Array(data as ArrayBuffer));
    this.#socket.onclose = () => {
      this.close();
      ended();
    };
    void this.#context.resume();
  }

  #play(bytes: Uint8Array): void {
    const all = new Uint8Array(this.#rest.length + bytes.length);
    all.set(this.#rest);
    all.set(bytes, this.#rest.length);
    const count = Math.floor(all.length / 4);
    this.#rest = all.slice(count * 4);
    const { currentTime } = this.#context;
    if (count === 0 || this.#next > currentTime + MOST) return;
    const buffer = this.#context.createBuffer(2, count, RATE);
    fill(buffer, new DataView(all.buffer), count);
    const source = this.#context.createBufferSource();
    source.buffer = buffer;
    source.connect(this.#context.destination);
    if (this.#next < currentTime) this.#next = currentTime + AHEAD;
    source.start(this.#next);
    this.#next += count / RATE;
  }

  close(): void {
    this.#socket.onclose = null;
    this.#socket.close();
    if (this.#context.state !== 'closed') void this.#context.close();
  }
}

function fill(buffer: AudioBuffer, samples: DataView, count: number): void {
  const [left, right] = [buffer.getChannelData(0), buffer.getChannelData(1)];
  for (let at = 0; at < count; at += 1) {
    left[at] = samples.getInt16(at * 4, true) / 32_768;
    right[at] = samples.getInt16(at * 4 + 2, true) / 32_768;
  }
}
