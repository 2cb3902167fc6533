/**
 * What steps read and write: each such list is kept once, and has a number, so that a move is kept with one number more.
 *
 * A list grows by one item at a time. Those that begin alike share their beginning: a number stands for an item and the
 * number of the list without it.
 */
export class Footprints {
  readonly #span: number;
  readonly #longer = new Map<number, number>();
  readonly #items: number[] = [0];
  readonly #shorter: number[] = [0];

  /** @param span Items are less than this. */
  constructor(span: number) {
    this.#span = span;
  }

  /** How many lists there are: the empty one is 0. */
  get count(): number {
    return this.#items.length;
  }

  /** The list with one item more. */
  with(list: number, item: number): number {
    const key = list * this.#span + item;
    const known = this.#longer.get(key);
    if (known !== undefined) return known;
    const number = this.#items.length;
    this.#items.push(item);
    this.#shorter.push(list);
    this.#longer.set(key, number);
    return number;
  }

  /** Its last item, and the list without it. */
  last(list: number): number {
    return this.#items[list] as number;
  }

  without(list: number): number {
    return this.#shorter[list] as number;
  }
}
