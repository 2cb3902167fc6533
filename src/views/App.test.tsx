import { renderToStaticMarkup } from "react-dom/server";
import { beforeAll, describe, expect, test } from "vitest";
import { fakePorts } from "../session/fake.ts";
import { plainLook } from "../session/look.ts";
import { moment } from "../session/moment.ts";
import { createSession } from "../session/session.ts";
import type { State } from "../session/session.ts";
import type { Snapshot } from "../worker/protocol.ts";
import { loadPanels } from "../ui/lazyPanel.tsx";
import { App } from "./App.tsx";

beforeAll(loadPanels);

/** The page over a snapshot, as text: tags become spaces, so that a test reads what a reader reads; places to break do not. */
function shown(change: Partial<State>): { html: string; text: string } {
  const session = createSession(fakePorts());
  session.store.setState({ snapshot: moment, ...change });
  // The server's side of a store is its first state.
  session.store.getInitialState = session.store.getState;
  const html = renderToStaticMarkup(<App session={session} />)
    .replaceAll("<wbr/>", "")
    .replaceAll(/<span class="unbroken">([^<]*)<\/span>/g, "$1");
  const text = html
    .replaceAll(/<[^>]*>/g, " ")
    .replaceAll("&gt;", ">")
    .replaceAll("&#x27;", "'")
    .replaceAll(/\s+/g, " ");
  return { html, text };
}

const withThread = (change: Partial<Snapshot["threads"][number]>): Snapshot => ({
  ...moment,
  threads: [moment.threads[0], { ...moment.threads[1], ...change }],
});

describe("the page", () => {
  const { html, text } = shown({});
  test("has no inline style and one heading of the first level", () => {
    expect(html).not.toMatch(/\sstyle=/);
    expect(html.match(/<h1/g)).toHaveLength(1);
  });
  test("says the step in one sentence, with its kernel words marked", () => {
    expect(html).toContain("<code>pci_dev_reset_iommu_done</code> cannot put PASID 1 back");
  });
  test("says where the run is", () => {
    expect(text).toContain("35 of 38");
    expect(html).toContain('aria-valuetext="step 35 of 38, CPU1, WARN"');
  });
  test("counts properties by verdict", () => {
    expect(html).toContain(
      "properties: 2 violated, 7 hold, 0 judged when all threads have finished, 1 not exercised, 1 not of this design",
    );
  });
  test("names the procedure of the step in hand", () => {
    expect(html).toMatch(/<p class="last now" title="step 35, [^"]+">/);
    // before that the line keeps its place
    expect(shown({ snapshot: { ...moment, position: 0 } }).html).toContain(
      '<p class="last"><span class="will"></span></p>',
    );
  });
  test("shows the statement executed, the next one and what was returned", () => {
    expect(html).toMatch(/<li class="now[^"]*" aria-current="step">.*?WARN_ON/);
    expect(html).toMatch(/<li class="next[^"]*" aria-current="location">.*?pending_reset/);
    expect(text).toContain("re-test D1 for PASID 1 -EINVAL");
  });
  test("shows the old value struck and the new one bold", () => {
    expect(html).toMatch(/aria-label="changed".*?<s>1<\/s> <b>0<\/b>/);
  });
  test("says a divergence in words, in the picture, the truths and the table", () => {
    expect(text.match(/The core still holds D1 for PASID 1; no STE leads there, so its DMA aborts\./g)).toHaveLength(3);
  });
  test("says who calls", () => {
    expect(text).toContain("as reset via sysfs");
  });
});

describe("a thread", () => {
  test("that waits cannot be stepped, and says for what it waits", () => {
    const { html, text } = shown({
      snapshot: withThread({
        status: "blocked",
        statusNote: "waits for `group->mutex`, held by CPU0",
        heldBy: "CPU0",
        outcomes: [],
      }),
    });
    expect(html).toMatch(/aria-disabled="true" aria-describedby="why-2">Step/);
    expect(html).toMatch(/<p id="why-2">.*waits for <code>group-/);
    expect(text).toContain("not now: held by CPU0");
  });
  test("that waits for no lock shows no lock, and says how it waits", () => {
    const { html, text } = shown({
      snapshot: withThread({
        status: "blocked",
        statusNote: "polls: wait for the CMD_SYNC to be complete",
        waiting: "polls",
        outcomes: [],
        locks: [],
      }),
    });
    expect(html).toMatch(/<p id="why-2" class="polls"> polls: wait for the CMD_SYNC to be complete/);
    expect(text).toContain("not now: it polls");
  });
  test("whose next statement may fail offers each outcome", () => {
    const { html, text } = shown({ snapshot: withThread({ outcomes: ["allocates the CD table", "-ENOMEM"] }) });
    expect(text).toContain("may fail: allocates the CD table -ENOMEM");
    expect(html).not.toMatch(/>Step/);
  });
  test("in a crowd folds to its name, state and lock", () => {
    const third = { ...moment.threads[0], id: 3, name: "CPU2" };
    const { html } = shown({ snapshot: { ...moment, threads: [...moment.threads, third] } });
    expect(html.match(/class="folded/g)).toHaveLength(1);
    expect(html).toContain('title="open CPU2: VMM: replace RID with S2"');
  });
  test("that waits and is folded says of its lock that it holds it", () => {
    const third = {
      ...moment.threads[0],
      id: 3,
      name: "CPU2",
      status: "blocked",
      statusNote: "polls: wait for the CMD_SYNC to be complete",
      waiting: "polls",
      locks: [{ name: "`invs->rwlock` of D0", since: 3 }],
    } as const;
    const { text } = shown({ snapshot: { ...moment, threads: [...moment.threads, third] } });
    expect(text).toContain("waits holds invs->rwlock of D0; polls: wait for the CMD_SYNC to be complete");
  });
});

describe("a sheet", () => {
  const look = plainLook;
  test("says callers, assumptions and what is not modelled", () => {
    const { text } = shown({ look: { ...look, sheet: "about" } });
    for (const word of ["not shown reachable from user space", "Sequentially consistent", "Interrupts and timers"]) {
      expect(text).toContain(word);
    }
  });
  test("explains every mark and every key", () => {
    expect(shown({ look: { ...look, sheet: "legend" } }).text).toContain("layers disagree; one sentence says how");
    expect(shown({ look: { ...look, sheet: "legend" } }).text).toContain("a nested domain, on its parent");
    expect(shown({ look: { ...look, sheet: "keys" } }).text).toContain("run until blocked");
  });
});

test("a notice is announced and can be dismissed", () => {
  const { html } = shown({ notice: "This link ends at step 12: `CPU1` cannot run there." });
  expect(html).toMatch(/role="status"><p><span>This link ends at step 12: <code>CPU1<\/code> cannot run there\./);
  expect(html).toContain('aria-label="dismiss the notice, Esc"');
});

test("before the first answer there is a page with its name", () => {
  expect(shown({ snapshot: null }).html).toContain("<h1>SMMU Explorer</h1>");
});
