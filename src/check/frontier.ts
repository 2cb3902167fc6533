/** States that wait to be left: those of one distance from the first state, each as the numbers of its regions. */
export class Frontier {
  count = 0;
  words: Int32Array;
  readonly #size: number;

  /** @param size numbers of a state */
  constructor(size: number) {
    this.#size = size;
    this.words = new Int32Array(size * 64);
  }

  get bytes(): number {
    return this.words.byteLength;
  }

  push(state: Int32Array): void {
    const at = this.count * this.#size;
    if (at === this.words.length) {
      const more = new Int32Array(Math.ceil((this.count * 3) / 2) * this.#size);
      more.set(this.words);
      this.words = more;
    }
    for (let i = 0; i < this.#size; i++) this.words[at + i] = state[i] as number;
    this.count++;
  }
}
