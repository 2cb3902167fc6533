import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isOffered, opKinds } from "../kernel/ops.ts";
import { corpus } from "./corpus.testkit.ts";
import { decodeRun } from "./read-link.ts";
import { encodeLink, encodeRun } from "./link.ts";
import { LinkError } from "./find-link.ts";
import { openLink } from "./open-link.ts";
import type { RunEvent } from "./play.ts";

const offered = opKinds.flatMap((kind, i) => (isOffered(kind) ? [i] : []));

/** Any list of events that a run of so many threads could have, replayable or not. */
const runs = fc
  .tuple(
    fc.integer({ min: 1, max: 4 }),
    fc.array(
      fc.oneof(
        {
          weight: 6,
          arbitrary: fc.record({ kind: fc.constant("choice" as const), thread: fc.nat(7), outcome: fc.constant(0) }),
        },
        {
          weight: 1,
          arbitrary: fc.record({ kind: fc.constant("choice" as const), thread: fc.nat(7), outcome: fc.nat(3) }),
        },
        {
          weight: 1,
          arbitrary: fc.record({
            kind: fc.constant("start" as const),
            what: fc.constantFrom(...offered).chain((kind) =>
              fc
                .array(fc.nat(15), {
                  minLength: opKinds[kind]?.params.length ?? 0,
                  maxLength: opKinds[kind]?.params.length ?? 0,
                })
                .map((args) => ({ kind, args })),
            ),
          }),
        },
      ),
      { maxLength: 200 },
    ),
  )
  .map(([threads, events]) => {
    let known = threads;
    const possible: RunEvent[] = [];
    for (const event of events) {
      if (event.kind === "start") {
        if (known === 8) continue;
        known++;
        possible.push(event);
      } else possible.push({ ...event, thread: event.thread % known });
    }
    return { threads, events: possible };
  });

describe("a run as a word", () => {
  test("comes back as it was", () => {
    fc.assert(
      fc.property(runs, ({ threads, events }) => {
        const word = encodeRun(events, threads);
        expect(word).toMatch(/^[A-Za-z0-9_-]+$/);
        expect(decodeRun(word, threads)).toEqual({ events, problem: "" });
      }),
    );
  });
  test("is told to be damaged wherever it is cut, and keeps what came before", () => {
    fc.assert(
      fc.property(runs, fc.nat(100), ({ threads, events }, at) => {
        const word = encodeRun(events, threads);
        const cut = word.slice(0, at % word.length);
        const { events: found, problem } = decodeRun(cut, threads);
        expect(problem).toMatch(/damaged/);
        expect(found).toEqual(events.slice(0, found.length));
      }),
    );
  });
  test("of noise never throws", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom("A", "B", "C", "x", "y", "0", "9", "_", "-"), maxLength: 60 }),
        (word) => void decodeRun(word, 2),
      ),
    );
  });
});

describe("opening a link", () => {
  const made = encodeLink(openLink(corpus[0]).play);
  const first = `#${made.head}${made.tail}`;

  test("of any text either opens it or says why not, in one sentence", () => {
    const pieces = fc.constantFrom(
      "#",
      "1/",
      "2/",
      "used-ssids/",
      "test-dev-v1",
      "--retest-yes",
      "/",
      "g",
      "A",
      "_",
      "\n> ",
      " ",
      "AAAAAAAA",
      "é",
      "<b>",
      "%3C",
    );
    fc.assert(
      fc.property(
        fc.array(pieces, { maxLength: 20 }).map((parts) => parts.join("")),
        (text) => {
          try {
            expect(openLink(text).notice).toMatch(/^([^\n]+\.)?$/);
          } catch (error) {
            expect(error).toBeInstanceOf(LinkError);
            expect((error as Error).message).toMatch(/^[^\n]+\.$/);
          }
        },
      ),
    );
  });
  test("finds it in a mail, wrapped at any place and quoted in any way", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: first.length - 1 }),
        fc.constantFrom("\n", "\r\n", "\n> ", "\n> > ", "\n>| ", "=\n", "\n\t"),
        fc.constantFrom("", "see ", "<http://localhost:4173/", "> see http://host/some/path/"),
        (at, wrap, before) => {
          const mail = `On Monday:\n${before}${first.slice(0, at)}${wrap}${first.slice(at)}${wrap}${before.startsWith("<") ? ">" : ""}\n\nBob #2\n`;
          const { play, notice } = openLink(mail);
          expect(notice).toBe("");
          const { head, tail } = encodeLink(play);
          expect(`#${head}${tail}`).toBe(first);
        },
      ),
    );
  });
  test("changed in one character of its run or check says so, or is refused", () => {
    const run = first.indexOf("/", first.indexOf("test-dev-v1")) + 1;
    for (let i = run; i < first.length; i++) {
      if (first[i] === "/" || first[i] === "_") continue;
      const other = first[i] === "Q" ? "R" : "Q";
      const changed = first.slice(0, i) + other + first.slice(i + 1);
      let said: string;
      try {
        said = openLink(changed).notice;
      } catch (error) {
        said = (error as Error).message;
      }
      // the three characters of the model's revision matter only where the state differs
      if (i < first.length - 3) expect([changed, said === ""]).toEqual([changed, false]);
    }
  });
});

test("old links give the state that they were made for, or the sentence that names their revision: never silently another", () => {
  for (const link of corpus) {
    const { notice } = openLink(link);
    expect([link, notice]).toEqual([
      link,
      expect.stringMatching(
        /^$|^The link was made with model revision .* (to another state here|and it does not replay: at step \d+)/,
      ),
    ]);
  }
});
