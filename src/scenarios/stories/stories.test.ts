import { describe, expect, it } from "vitest";
import { properties } from "../../kernel/properties.ts";
import { findScenario } from "../library/find.ts";
import { encodeLink } from "../link.ts";
import { LinkError } from "../find-link.ts";
import { openLink } from "../open-link.ts";
import { stories } from "./index.ts";
import { openAny, readStoryLink, storyLink } from "./open.ts";
import { MAX_WORDS, playStory } from "./story.ts";

describe.each(stories.map((story) => [story.id, story] as const))("%s", (_id, story) => {
  it("answers in at most 120 words and has one to three runs", () => {
    expect(story.answer.split(/\s+/).length).toBeLessThanOrEqual(MAX_WORDS);
    expect(story.runs.length).toBeGreaterThan(0);
    expect(story.runs.length).toBeLessThanOrEqual(3);
    expect(story.asked.every(({ id, date }) => /^[^@\s]+@[^@\s]+$/.test(id) && /^\d{4}-\d\d-\d\d$/.test(date))).toBe(
      true,
    );
  });

  it.each(story.runs.map((run) => [run.title, run] as const))("goes as it is told: %s", (_title, run) => {
    const { play, positions } = playStory(run);
    expect([...play.violations(play.position).keys()]).toEqual(run.breaks);
    expect(positions).toEqual(positions.toSorted((a, b) => a - b));
    const { head, tail } = encodeLink(play);
    expect(openLink(`#${head}${tail}`).notice).toBe("");
  });

  it("shows a row that exists", () => {
    const { row } = story;
    if (row === undefined) return;
    expect(findScenario(row.scenario)).toBeDefined();
    expect(properties.map(({ id }) => id)).toContain(row.property);
  });
});

it("answers all thirteen questions", () => {
  expect(new Set(stories.map(({ id }) => id)).size).toBe(13);
});

describe("short links", () => {
  const [story] = stories;
  it("name a story, a run and a move, and are read back from an address", () => {
    if (story === undefined) throw new Error("no story");
    const place = { story, run: 0, move: 1 };
    expect(readStoryLink(`> https://example.org/x/${storyLink(place)}`)).toEqual(place);
    expect(openAny(storyLink(place)).play.position).toBe(playStory(story.runs[0] as never).positions[1]);
    expect(openAny(storyLink(place)).told).toMatchObject({ story: story.id, run: 0 });
    expect(openAny(`#story/${story.id}`).play.position).toBe(playStory(story.runs[0] as never).play.position);
  });

  it.each([
    ["#story/nothing", /story "nothing"/],
    [`#story/${story?.id}/9`, /run 9/],
    [`#story/${story?.id}/1/77`, /move 77/],
  ])("refuse %s in one sentence", (link, sentence) => {
    expect(() => openAny(link)).toThrow(LinkError);
    expect(() => openAny(link)).toThrow(sentence);
  });

  it("leave other links alone", () => {
    expect(readStoryLink("#1/used-ssids/linux-7_3/SBY/_/cLwawifW")).toBeNull();
  });
});
