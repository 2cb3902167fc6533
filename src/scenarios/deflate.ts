/**
 * DEFLATE (RFC 1951) as far as links need it: one block with the fixed codes, and a dictionary that both sides have.
 *
 * Own code, since a link is read and written without waiting, in the page as in the terminal, and the same text must give
 * the same bytes everywhere. What it writes, any inflater with the same dictionary reads.
 */
const SHORTEST = 3;
const LONGEST = 258;
const WINDOW = 32_768;
/** Earlier places that are tried for a match. */
const CHAIN = 256;

/** First length or distance of each code, and its extra bits. */
const LENGTHS = [
  3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258,
];
const LENGTH_BITS = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];
const DISTANCES = Array.from({ length: 30 }, (_x, i) => (i < 4 ? i + 1 : (2 + (i & 1)) * 2 ** ((i >> 1) - 1) + 1));
const DISTANCE_BITS = DISTANCES.map((_d, i) => (i < 4 ? 0 : (i >> 1) - 1));
const END = 256;
const FIXED = 0b01;

/** Index of the last entry that is not above a value. */
const codeOf = (starts: readonly number[], value: number) => starts.findLastIndex((start) => start <= value);

class Bits {
  readonly bytes: number[] = [];
  #hold = 0;
  #count = 0;
  /** Lowest bit first. */
  add(value: number, width: number): void {
    for (let i = 0; i < width; i++) this.bit((value >> i) & 1);
  }
  /** A code: highest bit first. */
  code(value: number, width: number): void {
    for (let i = width - 1; i >= 0; i--) this.bit((value >> i) & 1);
  }
  bit(bit: number): void {
    this.#hold |= bit << this.#count++;
    if (this.#count === 8) this.flush();
  }
  flush(): void {
    if (this.#count > 0) this.bytes.push(this.#hold);
    this.#hold = 0;
    this.#count = 0;
  }
  symbol(symbol: number): void {
    if (symbol < 144) this.code(0x30 + symbol, 8);
    else if (symbol < 256) this.code(0x190 + symbol - 144, 9);
    else if (symbol < 280) this.code(symbol - 256, 7);
    else this.code(0xc0 + symbol - 280, 8);
  }
}

/** Longest match of what follows `at` with what is before it. */
function match(all: Uint8Array, at: number, places: ReadonlyMap<number, readonly number[]>) {
  let best = { length: 0, distance: 0 };
  const known = places.get(keyOf(all, at)) ?? [];
  for (let i = known.length - 1, tries = 0; i >= 0 && tries < CHAIN; i--, tries++) {
    const from = known[i] as number;
    if (at - from > WINDOW) break;
    let length = 0;
    while (length < LONGEST && at + length < all.length && all[from + length] === all[at + length]) length++;
    if (length > best.length) best = { length, distance: at - from };
  }
  return best;
}

const keyOf = (all: Uint8Array, at: number) => ((all[at] ?? 0) << 16) | ((all[at + 1] ?? 0) << 8) | (all[at + 2] ?? 0);

/** Compresses bytes. */
export function deflate(bytes: Uint8Array, dictionary: Uint8Array): Uint8Array {
  const all = new Uint8Array(dictionary.length + bytes.length);
  all.set(dictionary);
  all.set(bytes, dictionary.length);
  const places = new Map<number, number[]>();
  const remember = (at: number) => {
    const key = keyOf(all, at);
    const known = places.get(key);
    if (known === undefined) places.set(key, [at]);
    else known.push(at);
  };
  for (let at = 0; at < dictionary.length; at++) remember(at);
  const bits = new Bits();
  bits.bit(1);
  bits.add(FIXED, 2);
  for (let at = dictionary.length; at < all.length; ) {
    const here = match(all, at, places);
    remember(at);
    // a literal first, if a longer match begins behind it
    const waits = here.length >= SHORTEST && match(all, at + 1, places).length > here.length;
    if (here.length < SHORTEST || waits) {
      bits.symbol(all[at] as number);
      at++;
      continue;
    }
    const length = codeOf(LENGTHS, here.length);
    bits.symbol(END + 1 + length);
    bits.add(here.length - (LENGTHS[length] as number), LENGTH_BITS[length] as number);
    const distance = codeOf(DISTANCES, here.distance);
    bits.code(distance, 5);
    bits.add(here.distance - (DISTANCES[distance] as number), DISTANCE_BITS[distance] as number);
    for (let i = 1; i < here.length; i++) remember(at + i);
    at += here.length;
  }
  bits.symbol(END);
  bits.flush();
  return Uint8Array.from(bits.bytes);
}

/** Decompresses what `deflate` wrote; null if it is something else, or would become longer than `most`. */
export function inflate(bytes: Uint8Array, dictionary: Uint8Array, most: number): Uint8Array | null {
  let at = 0;
  let ended = false;
  const bit = (): number => {
    const byte = bytes[at >> 3];
    if (byte === undefined) ended = true;
    return ((byte ?? 0) >> (at++ & 7)) & 1;
  };
  const number = (width: number) => {
    let value = 0;
    for (let i = 0; i < width; i++) value |= bit() << i;
    return value;
  };
  const code = (width: number, start = 0) => {
    let value = start;
    for (let i = 0; i < width; i++) value = value * 2 + bit();
    return value;
  };
  const symbol = (): number => {
    const seven = code(7);
    if (seven < 24) return 256 + seven;
    const eight = code(1, seven);
    if (eight < 0xc0) return eight - 0x30;
    if (eight < 0xc8) return 280 + eight - 0xc0;
    return 144 + code(1, eight) - 0x190;
  };
  const out: number[] = [];
  if (bit() !== 1 || number(2) !== FIXED) return null;
  for (;;) {
    const next = symbol();
    if (ended || out.length > most) return null;
    if (next === END) break;
    if (next < END) {
      out.push(next);
      continue;
    }
    const extra = LENGTH_BITS[next - END - 1];
    if (extra === undefined) return null;
    const length = (LENGTHS[next - END - 1] as number) + number(extra);
    const which = code(5);
    if (DISTANCE_BITS[which] === undefined) return null;
    const distance = (DISTANCES[which] as number) + number(DISTANCE_BITS[which] as number);
    if (distance > out.length + dictionary.length) return null;
    for (let i = 0; i < length; i++) {
      const from = out.length - distance;
      out.push((from < 0 ? dictionary[dictionary.length + from] : out[from]) as number);
    }
  }
  // nothing but padding may follow
  if (bytes.length !== Math.ceil(at / 8)) return null;
  while (at % 8 !== 0) if (bit() !== 0) return null;
  return Uint8Array.from(out);
}
