import { expect, test } from "vitest";
import type { Design } from "../kernel/design.ts";
import { findDesign } from "../kernel/designs/index.ts";
import { makeModel } from "../scenarios/build.ts";
import { findScenario } from "../scenarios/library/find.ts";
import { encodeLink } from "../scenarios/link.ts";
import { Play } from "../scenarios/play.ts";
import type { Scenario } from "../scenarios/schema.ts";
import { answerAside } from "./aside.ts";
import { everything } from "./everything.testkit.ts";
import { Desk, type DeskRequest } from "./desk.ts";
import type { ChangeableView, Snapshot } from "./protocol.ts";

/** The link of a run in which a replace meets the reset that it lies in, to its end. */
const inReset = (() => {
  const play = new Play(makeModel(findScenario("used-ssids") as Scenario, findDesign("linux-7.3") as Design, {}));
  const go = (thread: number, on: () => boolean) => {
    while (on()) play.append({ kind: "choice", thread, outcome: 0 });
  };
  go(1, () => play.machine.state.pdev[1].in_reset === 0);
  for (const thread of [0, 1]) go(thread, () => play.machine.outcomes(thread) > 0);
  const { head, tail } = encodeLink(play);
  return `#${head}${tail}`;
})();

/** A desk with that run open, and what it answers. */
function opened() {
  const desk = new Desk(everything);
  const state = (request: DeskRequest): Snapshot => {
    const reply = desk.ask(1, request);
    if (reply.kind !== "state") throw new Error(JSON.stringify(reply));
    return reply.snapshot;
  };
  const changeable = (proc: string | null): ChangeableView => {
    const reply = answerAside(desk.play, 1, { kind: "changeable", proc });
    if (reply.kind !== "changeable") throw new Error(reply.kind);
    return reply.changeable;
  };
  return { desk, state, changeable, first: state({ kind: "open", text: inReset }) };
}

const fence = "drop-__iommu_group_set_domain_internal-fence";

test("every line of a listing finds its own statement", () => {
  const { state, changeable, first } = opened();
  let lines = 0;
  for (let position = first.total; position > 0; position -= 8) {
    for (const { stack } of state({ kind: "seek", position }).threads) {
      for (const listing of stack) {
        const shown = listing.lines.filter(({ head }) => !head);
        const things = changeable(listing.proc).groups[0]?.things ?? [];
        expect(things).toHaveLength(shown.length);
        // what a line says was filled in as it ran: the words that stay are those of the statement
        shown.forEach(({ text }, i) => {
          const words = (things[i]?.title ?? "").split(/[^a-z_]+/).filter((word) => word.length > 3);
          const says = words.length === 0 || words.some((word) => text.includes(word)) || text.startsWith("return");
          expect([things[i]?.title, text, says]).toEqual([things[i]?.title, text, true]);
        });
        lines += shown.length;
      }
    }
  }
  expect(lines).toBeGreaterThan(100);
});

test("a check that is dropped is struck in its listing, and the same schedule goes another way", () => {
  const { state, first } = opened();
  expect(first.threads[0]?.ops[0]?.result).toBe("-EBUSY");
  const changed = state({ kind: "change", word: fence, on: true });
  expect(changed.design.toggles).toEqual([{ id: fence, title: expect.stringContaining("recovery_cnt") as string }]);
  expect(changed.threads[0]?.ops[0]?.result).toBe("0");
  expect(changed.link.head).toContain(`/linux-7_3--${fence}/`);
  const inside = ({ proc }: { proc: string }) => proc === "__iommu_group_set_domain_internal";
  const at = changed.timeline.steps.flatMap((step, i) => (inside(step) ? [i + 1] : [])).slice(0, 3);
  const struck = at
    .map((position) => state({ kind: "seek", position }))
    .flatMap(({ threads }) =>
      threads.flatMap(({ stack }) => stack.flatMap(({ lines }) => lines.filter((line) => line.changed))),
    );
  expect(new Set(struck.map((line) => line.changed))).toEqual(new Set(["dropped"]));
  for (const { text } of struck) expect(text).not.toMatch(/^dropped/);
  const again = state({ kind: "change", word: fence, on: false });
  expect(again.design.toggles).toEqual([]);
  const atEnd = state({ kind: "seek", position: again.total });
  expect([atEnd.total, atEnd.threads[0]?.ops[0]?.result]).toEqual([first.total, "-EBUSY"]);
});

test("a lock that is dropped takes its unlocks along, and only itself can be taken back", () => {
  const { state, changeable } = opened();
  const proc = "iommu_replace_group_handle";
  const before = changeable(proc).groups[0]?.things ?? [];
  const lock = before[0]?.choices.find(({ label }) => label === "without this line");
  expect(before[0]?.title).toContain("lock");
  state({ kind: "change", word: lock?.word ?? "", on: true });
  const after = changeable(proc).groups[0]?.things ?? [];
  expect(after).toHaveLength(before.length);
  const dropped = after.filter(({ is }) => is === "dropped");
  expect(dropped.length).toBeGreaterThan(1);
  expect(dropped.map(({ choices }) => choices.map(({ on }) => on))).toEqual([
    [false],
    ...dropped.slice(1).map(() => []),
  ]);
});

test("a line that is moved twice is moved once, from where it stood", () => {
  const { state, changeable } = opened();
  const proc = "iommu_replace_group_handle";
  const names = () => (changeable(proc).groups[0]?.things ?? []).map(({ title }) => title);
  const down = (title: string) => {
    const thing = changeable(proc).groups[0]?.things.find((one) => one.title === title);
    const word = thing?.choices.find(({ label }) => label === "one line down")?.word ?? "";
    return state({ kind: "change", word, on: true });
  };
  const [first = "", second = "", third = "", ...rest] = names();
  down(first);
  expect(names()).toEqual([second, first, third, ...rest]);
  expect(down(first).design.toggles).toHaveLength(1);
  expect(names()[0]).toBe(second);
  expect(names().indexOf(first)).toBeGreaterThan(1);
});

test("an operation can be left out, and taken back", () => {
  const { state, changeable } = opened();
  const groups = changeable(null).groups;
  expect(groups.map(({ title, things }) => [title, things.length])).toEqual([
    ["CPU0", 1],
    ["CPU1", 1],
  ]);
  const [choice] = groups[0]?.things[0]?.choices ?? [];
  const without = state({ kind: "change", word: choice?.word ?? "", on: true });
  expect(without.threads).toHaveLength(1);
  expect(without.design.toggles[0]?.title).toMatch(/^CPU0: without "replace/);
  expect(changeable(null).groups[0]?.things[0]).toMatchObject({ is: "dropped", choices: [{ on: false }] });
});

test("a change goes along to another world of the same design, and stays behind with another design", () => {
  const { state } = opened();
  state({ kind: "change", word: fence, on: true });
  const moved = state({ kind: "choose", scenario: "attach-flr", design: "linux-7.3", options: {} });
  expect(moved.design.toggles.map(({ id }) => id)).toEqual([fence]);
  expect(state({ kind: "choose", scenario: "attach-flr", design: "linux-7.0", options: {} }).design.toggles).toEqual(
    [],
  );
});

test("a change that is none is refused in a sentence, and nothing is lost", () => {
  const { desk, first } = opened();
  for (const word of ["", "drop", "drop-nowhere-abc", "without-9-0", "<script>"]) {
    const reply = desk.ask(1, { kind: "change", word, on: true });
    expect(reply).toMatchObject({
      kind: "refused",
      notice: expect.stringMatching(/^[^<]{10,}\.$|no change/) as string,
    });
  }
  expect(desk.play.player.events).toHaveLength(first.total);
});
