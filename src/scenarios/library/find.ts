/** Worlds of the library by id, in the order in which they are shown; each is made when it is first asked for. */
import { completed } from "../defaults.ts";
import type { Scenario } from "../schema.ts";
import { giveWord } from "../word.ts";
import { cachedWorlds } from "./cached.ts";
import { checkWorlds } from "./checks.ts";
import { eventWorlds } from "./events.ts";
import { invsWorld, kunitWorlds } from "./kunit.ts";
import { recordedWorlds } from "./recorded.ts";
import { seedScenario } from "./seed.ts";
import { wholeWorlds } from "./whole.ts";
import { worlds } from "./worlds.ts";

/** The worlds by what they are about. */
const topics = [
  { topic: "The question", of: worlds },
  { topic: "The whole subject", of: wholeWorlds },
  { topic: "Around a reset", of: eventWorlds },
  { topic: "What the SMMU holds", of: cachedWorlds },
  { topic: "What the SMMU records", of: recordedWorlds },
  { topic: "The checks of test_dev", of: checkWorlds },
];

const headingsOf = (of: typeof topics) =>
  of.flatMap((t) => t.of.map(({ id, title }) => ({ id, title, topic: t.topic })));

export const headings = headingsOf(topics);
/** The driver's unit tests: nobody judges a property in them, and no search goes over them. */
const unitTestTopics = [
  { topic: "The entry writer", of: kunitWorlds },
  { topic: "The invalidation array", of: [invsWorld] },
];
export const unitTests = headingsOf(unitTestTopics);

const given = new Map(
  [...topics, ...unitTestTopics].flatMap(({ of }) => of.map((world) => [world.id, world] as const)),
);
const read = new Map<string, Scenario>([[seedScenario.id, seedScenario]]);

export function findScenario(id: string): Scenario | undefined {
  const known = read.get(id);
  const world = given.get(id);
  if (known !== undefined || world === undefined) return known;
  const scenario = completed(world);
  giveWord(scenario, id);
  read.set(id, scenario);
  return scenario;
}
