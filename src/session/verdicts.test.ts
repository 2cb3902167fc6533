import { expect, test } from "vitest";
import type { CheckAnswer, Checker } from "../worker/check-client.ts";
import type { Checked, CheckProgress, CheckRequest } from "../worker/check-protocol.ts";
import { createVerdicts } from "./verdicts.ts";

/** Checkers that a test plays by hand: each search waits until it is told to end. */
function played(workers: number) {
  const searches: {
    pair: string;
    end: (states: number, stopped?: boolean) => void;
    say: (progress: CheckProgress) => void;
  }[] = [];
  const asked: string[] = [];
  const started: Checker[] = [];
  const start = (): Checker => {
    const mine: (typeof searches)[number][] = [];
    const checker: Checker = {
      alive: () => true,
      ask: (request: CheckRequest, heed) => {
        if (request.kind === "sizes")
          return Promise.resolve({ kind: "sizes", id: 0, sizes: { large: 900, small: 4, middle: 60 } });
        if (request.kind === "text")
          return Promise.resolve({ kind: "text", id: 0, text: `${request.rows.length} rows` });
        const { pair } = request;
        asked.push(pair);
        return new Promise<CheckAnswer>((answer) => {
          const search = {
            pair,
            say: (progress: CheckProgress) => heed?.(progress),
            end: (states: number, stopped = false) => {
              searches.splice(searches.indexOf(search), 1);
              answer({ kind: "checked", id: 0, row: { states } as Checked, stopped });
            },
          };
          searches.push(search);
          mine.push(search);
        });
      },
      stop: () => {
        for (const search of mine) if (searches.includes(search)) search.end(1, true);
      },
    };
    started.push(checker);
    return checker;
  };
  const due: (() => void)[] = [];
  const verdicts = createVerdicts({ start, workers, now: () => 0, later: (_milliseconds, run) => void due.push(run) });
  const settle = async () => {
    for (let i = 0; i < 20; i++) await Promise.resolve();
    for (const run of due.splice(0)) run();
  };
  return { verdicts, searches, asked, started, settle, state: () => verdicts.store.getState() };
}

test("no checker is started before something is asked for, and never more than there are pairs or cores", async () => {
  const { verdicts, started, settle } = played(4);
  expect(started).toHaveLength(0);
  verdicts.fill(["small/a", "small/b"]);
  await settle();
  expect(started).toHaveLength(2);
  verdicts.fill(["small/c", "small/d", "small/e", "small/f"]);
  await settle();
  expect(started).toHaveLength(4);
});

test("small worlds come first, and what is known of a world is better than the guess", async () => {
  const { verdicts, searches, asked, settle } = played(1);
  verdicts.fill(["large/a", "middle/a", "small/a"]);
  for (const states of [5000, 70, 9]) {
    await settle();
    searches[0]?.end(states);
  }
  await settle();
  expect(asked).toEqual(["small/a", "middle/a", "large/a"]);
  verdicts.fill(["large/b", "small/b", "middle/b"]);
  for (let i = 0; i < 3; i++) {
    await settle();
    searches[0]?.end(1);
  }
  // 5000 states of `small` were found, though it was guessed to be the smallest
  expect(asked.slice(3)).toEqual(["large/b", "middle/b", "small/b"]);
});

test("what is asked for last comes before what waits, and nothing is searched twice", async () => {
  const { verdicts, searches, asked, settle, state } = played(1);
  verdicts.fill(["small/a", "middle/a", "large/a"]);
  await settle();
  verdicts.fill(["large/z", "small/a"]);
  await settle();
  expect([...state().queued]).toEqual(["large/z", "middle/a", "large/a"]);
  for (let i = 0; i < 4; i++) {
    searches[0]?.end(10);
    await settle();
  }
  expect(asked).toEqual(["small/a", "large/z", "middle/a", "large/a"]);
  verdicts.fill(["large/a"]);
  await settle();
  expect(asked).toHaveLength(4);
});

test("results do not depend on the number of checkers", async () => {
  const results = [];
  for (const workers of [1, 2, 4]) {
    const { verdicts, searches, settle, state } = played(workers);
    verdicts.fill(["small/a", "middle/a", "large/a", "large/b"]);
    await settle();
    while (searches.length > 0) {
      const last = searches.at(-1);
      last?.end(last.pair.length);
      await settle();
    }
    results.push([...state().checked].sort(([a], [b]) => (a < b ? -1 : 1)));
  }
  expect(results[1]).toEqual(results[0]);
  expect(results[2]).toEqual(results[0]);
  expect(results[0]).toHaveLength(4);
});

test("a stop keeps what was found, says what was cut, and the next asking searches that again", async () => {
  const { verdicts, searches, asked, settle, state } = played(1);
  verdicts.fill(["small/a", "middle/a", "large/a"]);
  await settle();
  searches[0]?.end(10);
  await settle();
  verdicts.stop();
  await settle();
  expect(state()).toMatchObject({ stopped: true, queued: new Set(), cut: new Set(["middle/a"]) });
  expect([...state().checked.keys()]).toEqual(["small/a", "middle/a"]);
  expect(state().running.size).toBe(0);
  verdicts.fill(["small/a", "middle/a", "large/a"]);
  await settle();
  expect(state().stopped).toBe(false);
  searches[0]?.end(20);
  await settle();
  expect(asked).toEqual(["small/a", "middle/a", "middle/a", "large/a"]);
  expect(state().cut.size).toBe(0);
});

test("progress is shown for the pair that it is of, and gone with its answer", async () => {
  const { verdicts, searches, settle, state } = played(1);
  verdicts.fill(["small/a"]);
  await settle();
  const progress: CheckProgress = {
    phase: "searching",
    states: 5,
    transitions: 9,
    frontier: 2,
    depth: 3,
    seconds: 1,
    rate: 5,
    violated: [],
  };
  searches[0]?.say(progress);
  await settle();
  expect(state().running).toEqual(new Set(["small/a"]));
  expect(state().progress).toEqual(new Map([["small/a", progress]]));
  searches[0]?.end(7);
  await settle();
  expect(state().running.size).toBe(0);
  await expect(verdicts.textOf(["small/a", "unknown/a"])).resolves.toBe("1 rows");
});
