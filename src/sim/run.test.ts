import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { applyDiff, diffBytes, fingerprint, revertDiff } from "./diff.ts";
import { type Event, MAX_EVENTS, Player } from "./run.ts";
import { define, source, toy } from "./toy.testkit.ts";

const adder = define("add", source, ["n"], [], (b) => [
  b.step("", (s, l) => void (s.box.a += l.n)),
  b.step("", (s, l) => void (s.box.b += l.n)),
]);

const start = (what: number): Event<number> => ({ kind: "start", what });
const go = (thread: number, outcome = 0): Event<number> => ({ kind: "choice", thread, outcome });

const newPlayer = () => new Player(toy([adder]), (n: number) => [{ proc: "add", args: [n] }]);
const play = (...events: Event<number>[]) => {
  const player = newPlayer();
  for (const event of events) player.append(event);
  return player;
};
const bytes = (player: ReturnType<typeof newPlayer>) => [...player.machine.bytes];

describe("a run", () => {
  const events = [start(1), go(0), start(2), go(1), go(0), go(1)];

  test("starts threads and steps them", () => {
    const player = play(...events);
    expect(player.position).toBe(6);
    expect([player.machine.state.box.a, player.machine.state.box.b]).toEqual([3, 3]);
  });
  test("replayed gives the same bytes", () => {
    expect(bytes(play(...events))).toEqual(bytes(play(...events)));
  });
  test("undone leaves nothing of the event", () => {
    const player = play(...events);
    for (let n = events.length - 1; n >= 0; n--) {
      player.undo();
      expect(bytes(player)).toEqual(bytes(play(...events.slice(0, n))));
      expect(player.events).toEqual(events.slice(0, n));
      expect(player.machine.programs).toHaveLength(events.slice(0, n).filter((e) => e.kind === "start").length);
    }
    player.undo();
    expect(player.position).toBe(0);
  });
  test("can be sought in any order", () => {
    const player = play(...events);
    for (const at of [2, 5, 0, 6, 3, 3, 1]) {
      player.seek(at);
      expect(player.position).toBe(at);
      expect(bytes(player)).toEqual(bytes(play(...events.slice(0, at))));
      expect(player.events).toEqual(events);
    }
  });
  test("is not left by seeking too far", () => {
    const player = play(...events);
    player.seek(-3);
    expect(player.position).toBe(0);
    player.seek(99);
    expect(player.position).toBe(events.length);
  });
  test("forgets what came after a fork", () => {
    const player = play(...events);
    player.seek(3);
    player.append(go(0));
    expect(player.events).toEqual([start(1), go(0), start(2), go(0)]);
    player.seek(99);
    expect(bytes(player)).toEqual(bytes(play(start(1), go(0), start(2), go(0))));
  });
  test("forgets a thread that was started after the fork", () => {
    const player = play(...events);
    player.seek(2);
    player.append(start(7));
    player.append(go(1));
    expect(player.machine.programs.map((p) => p[0]?.args)).toEqual([[1], [7]]);
    expect(player.machine.state.box.a).toBe(8);
  });
  test("tells what each event changed", () => {
    const player = play(...events);
    const before = Uint8Array.from(bytes(play(...events.slice(0, 3))));
    applyDiff(before, player.diffAt(3)!);
    expect([...before]).toEqual(bytes(play(...events.slice(0, 4))));
    expect(player.diffAt(6)).toBeUndefined();
  });
});

describe("a run refuses", () => {
  const refusal = (event: Event<number>, ...before: Event<number>[]) => play(...before).refusal(event);
  test("nothing that can happen", () => {
    expect(refusal(start(1))).toBe("");
    expect(refusal(go(0), start(1))).toBe("");
  });
  test("a thread that is not there", () => {
    expect(refusal(go(0))).toBe("thread 1 cannot run here");
    expect(refusal(go(-1), start(1))).toBe("thread 0 cannot run here");
  });
  test("a thread that is finished", () => {
    expect(refusal(go(0), start(1), go(0), go(0))).toBe("thread 1 cannot run here");
  });
  test("an outcome that is not offered", () => {
    expect(refusal(go(0, 1), start(1))).toBe("thread 1 has no outcome 1 here");
  });
  test("too many threads", () => {
    expect(refusal(start(1), ...[1, 2, 3, 4].map(start))).toBe("there are at most 4 threads");
  });
  test("and throws the same sentence, changing nothing", () => {
    const player = play(start(1), go(0), go(0));
    const before = bytes(player);
    expect(() => player.append(go(0))).toThrow("thread 1 cannot run here");
    expect(bytes(player)).toEqual(before);
    expect(player.position).toBe(3);
  });
  test("to grow for ever", () => {
    const loop = define("loop", source, [], [], (b) => [b.label("again"), b.step("", () => {}), b.goto("again")]);
    const player = new Player(toy([loop]), () => [{ proc: "loop", args: [] }]);
    player.append(start(0));
    while (player.position < MAX_EVENTS) player.append(go(0));
    expect(player.refusal(go(0))).toBe("a run has at most 4096 steps");
  });
});

const pair = fc
  .uint8Array({ minLength: 1, maxLength: 40 })
  .chain((a) => fc.tuple(fc.constant(a), fc.uint8Array({ minLength: a.length, maxLength: a.length })));

describe("a difference", () => {
  test("applied gives the later state, reverted the earlier", () => {
    fc.assert(
      fc.property(pair, ([before, after]) => {
        const diff = diffBytes(before, after);
        const work = before.slice();
        applyDiff(work, diff);
        expect(work).toEqual(after);
        revertDiff(work, diff);
        expect(work).toEqual(before);
      }),
    );
  });
  test("names what changed, and nothing else", () => {
    expect(diffBytes(Uint8Array.of(1, 2, 3, 4), Uint8Array.of(1, 9, 3, 0))).toEqual({
      at: [1, 3],
      was: [2, 4],
      is: [9, 0],
    });
    expect(diffBytes(Uint8Array.of(1), Uint8Array.of(1)).at).toEqual([]);
  });
});

describe("a fingerprint", () => {
  test("is the number that another arithmetic gives, on every machine", () => {
    expect(fingerprint(new Uint8Array(0))).toEqual([3257118115, 1296017956]);
    expect(fingerprint(Uint8Array.from({ length: 100 }, (_, i) => (i * 7) & 255))).toEqual([1329786282, 3422313612]);
  });
  test("is two unsigned halves", () => {
    fc.assert(
      fc.property(fc.uint8Array(), (b) =>
        fingerprint(b).every((half) => Number.isInteger(half) && half >= 0 && half < 2 ** 32),
      ),
    );
  });
  test("differs when one bit differs", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 60 }), fc.nat(), (b, n) => {
        const other = b.slice();
        const bit = n % (b.length * 8);
        other[bit >> 3]! ^= 1 << (bit & 7);
        const [a1, b1] = fingerprint(b);
        const [a2, b2] = fingerprint(other);
        expect(a1 === a2 && b1 === b2).toBe(false);
      }),
      { seed: 1 },
    );
  });
  test("differs when two bytes change places", () => {
    expect(fingerprint(Uint8Array.of(1, 2))).not.toEqual(fingerprint(Uint8Array.of(2, 1)));
  });
});
