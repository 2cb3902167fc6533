import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { designs } from "../../kernel/designs/index.ts";
import { makeModel } from "../../scenarios/build.ts";
import { library } from "../../scenarios/library/index.ts";
import { openLink } from "../../scenarios/open-link.ts";
import { Play } from "../../scenarios/play.ts";
import { compactReply } from "../protocol.ts";
import { replyOf } from "./reply.ts";

// The reply of a played-out run of each world with each design, and of the README's runs, as files to be read and
// compared. Written anew by `npx vitest run -u golden`; what changed in them is then reviewed like code.

/** Steps of one thread before the next has its turn, and the most that a run gets. */
const TURN = 24;
const LONGEST = 600;

/** Threads take turns, nothing fails, until nobody can go on. */
function playedOut(play: Play): Play {
  const threads = play.machine.programs.length;
  for (let thread = 0, idle = 0; idle < threads; thread = (thread + 1) % threads) {
    let steps = 0;
    while (steps < TURN && play.position < LONGEST && play.machine.outcomes(thread) > 0) {
      play.append({ kind: "choice", thread, outcome: 0 });
      steps++;
    }
    idle = steps === 0 ? idle + 1 : 0;
  }
  return play;
}

/** The link without the three characters that name the model's revision: they change with every statement. */
const written = (play: Play) => {
  const { lines, link } = replyOf(play, compactReply);
  return `${[...lines, link.replace(/...$/, "...")].join("\n")}\n`;
};

/** The thread's design and the newest kernel; the small worlds of single checks with the former alone. */
const designsOf = (scenario: string) =>
  designs.filter(({ id }) => id === "test-dev-v1" || (id === "linux-7.3" && !scenario.startsWith("check-")));

const readme = readFileSync(new URL("../../../README.md", import.meta.url), "utf8");
const runs = [
  ...library
    .flatMap(({ id }) => designsOf(id).map((design) => ({ name: `${id}.${design.id}`, scenario: id, design })))
    .map(({ name, scenario, design }) => ({
      name,
      play: () => {
        const found = library.find((world) => world.id === scenario);
        if (found === undefined) throw new Error(scenario);
        return playedOut(new Play(makeModel(found, design, {})));
      },
    })),
  ...[...readme.matchAll(/`(#1\/[^`\s<]+)`/g)].map((match, i) => ({
    name: `readme-${i + 1}`,
    play: () => openLink(match[1] ?? "").play,
  })),
];

describe("the reply of", () => {
  test.each(runs)("$name", async ({ name, play }) => {
    await expect(written(play())).toMatchFileSnapshot(`./golden/${name}.txt`);
  });
  test("nothing else is in the folder", () => {
    const files = readdirSync(new URL("golden", import.meta.url)).sort();
    expect(files).toEqual(runs.map(({ name }) => `${name}.txt`).sort());
  });
});
