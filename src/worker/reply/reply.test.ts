import fc from "fast-check";
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { designs } from "../../kernel/designs/index.ts";
import { isOffered, opKinds } from "../../kernel/ops.ts";
import { makeModel, type Model } from "../../scenarios/build.ts";
import { library } from "../../scenarios/library/index.ts";
import { openLink } from "../../scenarios/open-link.ts";
import { wrongArgument } from "../../scenarios/link.ts";
import { Play, type RunEvent } from "../../scenarios/play.ts";
import { mayHoldLink } from "../../session/paste.ts";
import { compactReply, type ReplyOptions } from "../protocol.ts";
import { cell, COLUMNS } from "./lines.ts";
import { replyOf } from "./reply.ts";

const readme = readFileSync(new URL("../../../README.md", import.meta.url), "utf8");
const linkOf = (part: string) => new RegExp(`\`(#1/used-ssids/${part}/[^\`]+)\``).exec(readme)?.[1] ?? "";
const seed = linkOf("test-dev-v1");

const ask = (more: Partial<ReplyOptions> = {}, link = seed) =>
  replyOf(openLink(link).play, { ...compactReply, ...more });
const text = (more: Partial<ReplyOptions> = {}, link = seed) => ask(more, link).lines.join("\n");

/** A run that random numbers choose: steps with any outcome, and now and then another thread. */
function randomPlay(model: Model, picks: readonly number[]): Play {
  const play = new Play(model);
  for (const pick of picks) {
    const kind = pick % 17 === 0 ? Math.floor(pick / 17) % opKinds.length : -1;
    const op = { kind, args: (opKinds[kind]?.params ?? []).map(() => 1) };
    const start = kind >= 0 && isOffered(opKinds[kind]!) && wrongArgument(op, model) === "";
    const choices = play.machine.programs.flatMap((_program, thread) =>
      Array.from({ length: play.machine.outcomes(thread) }, (_x, outcome) => ({ thread, outcome })),
    );
    const choice = choices[pick % Math.max(1, choices.length)];
    const event: RunEvent | null = start
      ? { kind: "start", what: op }
      : choice === undefined
        ? null
        : { kind: "choice", ...choice };
    if (event !== null && play.refusal(event) === "") play.append(event);
  }
  return play;
}

const options = fc.record<ReplyOptions>({
  length: fc.constantFrom("every", "shared", "matters"),
  last: fc.constantFrom(0, 0, 1, 7, 1000),
  without: fc.subarray([0, 1, 2]),
  hardware: fc.boolean(),
  locks: fc.boolean(),
  property: fc.boolean(),
  numbers: fc.boolean(),
});

describe("a reply fits a mail, whatever the run and the options", () => {
  // every world with two of the designs, in turn
  const cases = library.flatMap((scenario, i) =>
    designs
      .filter((_design, j) => j % 6 === i % 6)
      .map((design) => [`${scenario.id} ${design.id}`, scenario, design] as const),
  );
  test.each(cases)("%s", (_name, scenario, design) => {
    const model = makeModel(scenario, design, {});
    fc.assert(
      fc.property(fc.array(fc.nat(), { maxLength: 220, size: "max" }), fc.nat(), options, (picks, at, chosen) => {
        const play = randomPlay(model, picks);
        play.seek(at % (play.player.events.length + 1));
        const before = play.machine.bytes.slice();
        const { lines, link, widest, counts } = replyOf(play, chosen);
        expect(lines.filter((line) => line.length > COLUMNS || /\s$|\t/.test(line))).toEqual([]);
        expect(lines.filter((line) => !/^[\x20-\x7e]*$/.test(line))).toEqual([]);
        expect(Math.max(...lines.map((line) => line.length))).toBe(widest);
        expect(lines.at(-1)).toBe("");
        expect(link).toMatch(/^#1\/[A-Za-z0-9_/-]+$/);
        expect(counts.matters).toBeLessThanOrEqual(counts.every);
        // it only looks
        expect(Buffer.compare(play.machine.bytes, before)).toBe(0);
        // quoted and wrapped by a mailer it still names its run
        const mail = [...lines, `https://smmu.example/some/path/${link}`]
          .flatMap((line) => line.match(/.{1,70}/g) ?? [""])
          .map((line) => `> ${line}`)
          .join("\r\n");
        expect(mayHoldLink(mail)).toBe(true);
        const opened = openLink(mail);
        expect(opened.notice).toBe("");
        expect(opened.play.position).toBe(play.position);
        expect(opened.play.player.events).toEqual(play.player.events);
      }),
      // the worlds of single checks are small and alike
      { numRuns: scenario.id.startsWith("check-") ? 1 : 3, seed: 3 },
    );
  });
});

describe("what matters for the properties", () => {
  const { counts } = ask();
  test("in the README's first run is 20 to 35 steps of all of them", () => {
    expect(counts.every).toBeGreaterThan(100);
    expect(counts.matters).toBeGreaterThanOrEqual(20);
    expect(counts.matters).toBeLessThanOrEqual(35);
    expect(text().replaceAll("\n", " ")).toMatch(
      new RegExp(`${counts.matters} of ${counts.every} steps: what [^.]*I-USERWARN and I-RESTORE [^.]*looked at`),
    );
  });
  test("holds the read that the race decides, its writer, and the writes of the tables", () => {
    const said = text().replaceAll(/\s+/g, " ");
    for (const word of ["used_ssids 1 -> 0", "used_ssids > 0? no", "group->domain D0 -> D2", "STE S2 D2", "FLR begins"])
      expect(said).toContain(word);
  });
  test("leaves out the locks of others, and what only one thread looks at", () => {
    expect(text()).not.toContain("arm_smmu_asid_lock");
    expect(text()).not.toContain("bus master");
  });
  test("has the last step of a run that goes on, whoever reads it later", () => {
    // nobody has read `group->domain` there yet
    const last = (position: number) => text({}, seed.replace("/_", `/${position}_`)).split("\n\n")[1] ?? "";
    expect(last(60).replaceAll(/[\s|]+/g, " ")).toContain("group->domain D0 -> D2");
  });
  test("without a violation goes by what was exercised", () => {
    // PASID Enable is not set again yet, which breaks a property
    const before = linkOf("linux-7_3").replace("/_", "/60_");
    expect(text({}, before)).toContain("what the exercised properties look at");
  });
});

describe("the text", () => {
  test("has a column for each thread and the hardware, calls indented by depth", () => {
    expect(text()).toMatch(/^CPU0: .* \| CPU1: .* \| HW$/m);
    expect(text()).toMatch(/^-+\+-+\+-+$/m);
    expect(text()).toMatch(/^ +\| reset_store +\|$/m);
    expect(text()).toMatch(/^ +\| {2}iommu_dev_reset_prepare +\|$/m);
    expect(text()).toMatch(/^ +\| {3}lock group->mutex +\|$/m);
  });
  test("marks where a property broke, and says it in words below", () => {
    expect(text()).toMatch(/unlock group->mutex +\| <- I-RESTORE$/m);
    expect(text()).toMatch(/^I-RESTORE violated since step \d+, CPU1 in iommu_dev_reset_done:/m);
    expect(text({ property: false })).not.toContain("I-RESTORE violated");
    expect(text({ property: false })).not.toContain("<- I-RESTORE");
  });
  test("says errnos where they come from and at the end of the call", () => {
    const said = text({}, linkOf("linux-7_3"));
    expect(said).toMatch(/-EBUSY/);
    expect(said).toMatch(/return -EBUSY/);
  });
  test("says who calls, what that means, and what is assumed", () => {
    expect(text()).toMatch(/^Callers: CPU0 core, CPU1 reset via sysfs\./m);
    expect(text().replaceAll("\n", " ")).toContain("not shown reachable from user space");
    expect(text()).toMatch(/^Assumed: memory is sequentially consistent;/m);
  });
  test("of the last N steps has only those, with the calls around them", () => {
    const said = text({ length: "every", last: 3, numbers: true });
    const last = ask().counts.every;
    expect(said).toContain(`steps ${last - 2}-${last}`);
    expect([...said.matchAll(/^ *(\d+) .*\|/gm)].map((match) => Number(match[1]))).toEqual([last - 2, last - 1, last]);
    expect(said).toContain("reset_store");
    expect(ask({ length: "every", last: 3 }).counts.every).toBe(3);
    expect(ask({ length: "every", last: 5000 }).counts.every).toBe(ask().counts.every);
  });
  test("numbers the steps on wish, within the same width", () => {
    expect(text({ numbers: true })).toMatch(/^\d+ .*unlock group->mutex/m);
    expect(ask({ numbers: true }).widest).toBeLessThanOrEqual(COLUMNS);
  });
  test("names what was left out", () => {
    const said = text({ without: [0], locks: false, hardware: false });
    expect(said).toContain("Left out: CPU0, HW, locks.");
    const rows = said.slice(0, said.search(/^I-[A-Z]+ violated/m));
    expect(rows).not.toMatch(/iommu_replace_group_handle| lock group->mutex|\| STE V=0$/m);
    expect(said).toMatch(/^ +<- I-RESTORE$/m);
  });
  test("of a run at its beginning is short", () => {
    const { lines, columns } = ask({}, seed.replace("/_/", "/0_/"));
    expect(lines.join(" ")).toMatch(/^used_ssids vs FLR, .* before the first step\. group 7 has dev/);
    expect(columns).toEqual([]);
  });
  test("of more threads than fit side by side has the thread's name in each line", () => {
    const { play } = openLink(seed);
    const dma = opKinds.findIndex((kind) => kind.op === "dma");
    for (const thread of [2, 3]) {
      play.append({ kind: "start", what: { kind: dma, args: [1, 0] } });
      play.append({ kind: "choice", thread, outcome: 0 });
    }
    const { lines, shared } = replyOf(play, compactReply);
    expect(shared).toBe(true);
    expect(lines.join("\n")).toMatch(/^CPU2 +dma/m);
    expect(lines.join("\n")).toMatch(/^CPU1 +lock group->mutex/m);
  });
  test("is the same twice", () => {
    expect(text()).toBe(text());
  });
});

describe("a cell", () => {
  test("wraps between words and keeps its indentation", () => {
    expect(cell("call attach_dev of D2", 14, 1)).toEqual([" call", "   attach_dev", "   of D2"]);
  });
  test("gives a long word the room of its indentation, then cuts it at the left", () => {
    expect(cell("lock arm_smmu_asid_lock", 20, 4)).toEqual(["    lock", "  arm_smmu_asid_lock"]);
    expect(cell("__iommu_group_alloc_blocking_domain", 26)).toEqual([".._alloc_blocking_domain"]);
  });
  test("of nothing is nothing", () => {
    expect(cell("", 10)).toEqual([]);
  });
});
