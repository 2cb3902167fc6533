import { expect, test } from "vitest";
import { collisionProbability } from "./hash.ts";
import { Store } from "./store.ts";

const state = (...words: number[]) => Int32Array.from(words);

test("a state is added once, with the way back", () => {
  const store = new Store(2, false);
  expect(store.add(1, 2, state(0, 0), -1, 0)).toBe(0);
  expect(store.add(1, 3, state(0, 1), 0, 9)).toBe(1);
  expect(store.add(1, 2, state(0, 0), 1, 3)).toBe(0);
  expect([store.states, store.parent(0), store.parent(1), store.choice(1)]).toEqual([2, -1, 0, 9]);
});

test("one fingerprint is one state, unless whole states are kept", () => {
  for (const exact of [false, true]) {
    const store = new Store(2, exact);
    store.add(7, 7, state(1, 1), -1, 0);
    expect(store.add(7, 7, state(1, 2), 0, 0)).toBe(exact ? 1 : 0);
    expect(store.add(7, 7, state(1, 1), 0, 0)).toBe(0);
    expect(store.collisions).toBe(exact ? 1 : 0);
  }
});

test("a state costs 25 bytes at most, however many there are", () => {
  const store = new Store(4, false);
  let most = 0;
  for (let i = 0; i < 300_000; i++) {
    store.add(Math.imul(i, 0x9e3779b1), i, state(i), i - 1, 0);
    if (i > 10) most = Math.max(most, store.bytes / store.states);
  }
  expect(store.states).toBe(300_000);
  expect(most).toBeLessThanOrEqual(25);
  for (let i = 0; i < 300_000; i += 997) expect(store.add(Math.imul(i, 0x9e3779b1), i, state(i), 0, 0)).toBe(i);
});

test("the collision probability is that of a birthday", () => {
  expect(collisionProbability(1)).toBe(0);
  expect(collisionProbability(1e6)).toBeCloseTo(1e12 / 2 / 2 ** 64, 12);
});
