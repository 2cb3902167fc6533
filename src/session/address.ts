/** The part of a browser that holds the address, small enough to be played by a test. */
export interface Bar {
  read(): string;
  /** A new entry in the history, or the present one changed. */
  write(hash: string, push: boolean): void;
  /** Calls back when the reader went elsewhere: Back, Forward, or an edited address. */
  onMove(moved: () => void): void;
}

export interface Clock {
  now(): number;
  later(milliseconds: number, run: () => void): void;
}

export interface Address {
  /** Names the present state. Never more often than browsers allow, and the last word always gets through. */
  name(hash: string, push: boolean): void;
}

/** Browsers drop, or refuse, more than about 100 changes in ten seconds (Safari) or 200 (Chromium). */
const budget = 80;
const span = 10_000;

/**
 * Writes the address within the browser's budget. What is over budget waits and merges: the newest state wins, and one
 * of the merged entries stays a push, so that Back still leads to a state of before.
 */
export function createAddress(bar: Bar, clock: Clock): Address {
  let spent: number[] = [];
  let waiting: { hash: string; push: boolean } | null = null;

  const write = (hash: string, push: boolean) => {
    if (hash === bar.read()) return;
    spent.push(clock.now());
    bar.write(hash, push);
  };
  const flush = () => {
    if (!waiting) return;
    const { hash, push } = waiting;
    waiting = null;
    write(hash, push);
  };

  return {
    name(hash, push) {
      const now = clock.now();
      spent = spent.filter((moment) => now - moment < span);
      if (spent.length < budget && !waiting) {
        write(hash, push);
        return;
      }
      if (!waiting) clock.later(Math.max(100, span / budget), flush);
      waiting = { hash, push: push || (waiting?.push ?? false) };
    },
  };
}
