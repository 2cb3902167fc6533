import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { openLink } from "../scenarios/open-link.ts";
import { whyOf } from "./why.ts";

const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
/** The README's run of that design, at the first step that ends in an errno or a WARN. */
function refused(design: string) {
  const { play } = openLink(new RegExp(`#1/used-ssids/${design}/[^\`]+`).exec(readme)?.[0] ?? "");
  const at = play.records.findIndex(({ errno, warn }) => errno !== "" || warn !== "");
  play.seek(at + 1);
  return play;
}

test("names what the refusing statement read, who wrote it and when, newest first", () => {
  const play = refused("test-dev-v1--retest-yes");
  const why = whyOf(play);
  expect(why?.about).toBe("-EINVAL");
  expect(why?.reads.map(({ what, value, thread }) => [what, value, thread])).toEqual([
    ["`in_ste`", "0", 2],
    ["`group->domain`", "D2", 1],
  ]);
  for (const { by, read } of why?.reads ?? []) {
    expect(by).toBeLessThan(read);
    expect(read).toBeLessThanOrEqual(play.position);
    expect(play.player.diffAt(by - 1)?.at.length).toBeGreaterThan(0);
  }
});

test("a read into a local counts, where another thread wrote what it read", () => {
  expect(whyOf(refused("test-dev-v1"))?.reads.map(({ what }) => what)).toContain("`group->domain`");
});

test("of an errno that is passed on it names the statement that made it", () => {
  const play = refused("linux-7_3");
  const first = whyOf(play);
  expect(first?.reads[0]).toMatchObject({ what: "`recovery_cnt`", value: "1", thread: 2 });
  const later = play.records.findIndex(({ errno }, i) => i >= play.position && errno !== "");
  play.seek(later + 1);
  expect(whyOf(play)?.reads).toEqual(first?.reads);
});

test("a step that ended well needs no reason", () => {
  const play = refused("test-dev-v1");
  play.seek(1);
  expect(whyOf(play)).toBeNull();
  play.seek(0);
  expect(whyOf(play)).toBeNull();
});
