import { memo } from "react";
import { propertiesBy } from "../../session/select.ts";
import { Glyph } from "../../ui/Glyph.tsx";
import { lazyPanel } from "../../ui/lazyPanel.tsx";
import { Pick } from "../../ui/Pick.tsx";
import type { PropertyView, Snapshot } from "../../worker/protocol.ts";
import { useActions, useSelect } from "../context.ts";
import { CopyLink } from "./CopyLink.tsx";
import { Options, valuesOf } from "./Options.tsx";
import "./bar.css";

/** Loaded when something was changed by hand, and the checkers with it. */
const Strip = lazyPanel(() => import("../toggles/Strip.tsx"), { ahead: false });

/** Which run this is, where in it we are, what holds, and how to hand it on. */
export function Bar({ snapshot }: { snapshot: Snapshot }) {
  const act = useActions();
  const sheet = useSelect((state) => state.look.sheet);
  const bar = (
    <header className="top">
      <h1>
        SMMU<span className="name"> Explorer</span>
      </h1>
      <Picks
        scenario={snapshot.scenario}
        design={snapshot.design}
        scenarios={snapshot.scenarios}
        designs={snapshot.designs}
      />
      <Options scenario={snapshot.scenario} design={snapshot.design} />
      <Position snapshot={snapshot} />
      <Counts snapshot={snapshot} />
      <span className="end">
        <button type="button" aria-expanded={sheet === "about"} onClick={() => act.toggleSheet("about")}>
          Assumptions
        </button>
        <button type="button" aria-expanded={sheet === "stories"} onClick={() => act.toggleSheet("stories")}>
          Questions
        </button>
        <button type="button" aria-expanded={sheet === "verdicts"} onClick={() => act.toggleSheet("verdicts")}>
          Verdicts
        </button>
        <button type="button" aria-expanded={sheet === "checks"} onClick={() => act.toggleSheet("checks")}>
          Checks
        </button>
        <CopyLink />
        <button
          type="button"
          className="framed"
          aria-label="copy as reply"
          aria-expanded={sheet === "reply"}
          onClick={() => act.toggleSheet("reply")}
        >
          <span className="long">Copy as reply</span>
          <span className="short">Reply</span>
        </button>
        <ThemeButton />
        <button
          type="button"
          className="quiet"
          aria-label="keys"
          aria-expanded={sheet === "keys"}
          onClick={() => act.toggleSheet("keys")}
        >
          keys <kbd>?</kbd>
        </button>
        <button type="button" className="quiet" aria-label="find any action, Ctrl K" onClick={() => act.find("all")}>
          <kbd className="chord">Ctrl K</kbd>
          <span className="phone">find</span>
        </button>
      </span>
    </header>
  );
  return (
    <div>
      {bar}
      {snapshot.design.toggles.length > 0 && <Strip snapshot={snapshot} />}
    </div>
  );
}

interface Choices {
  readonly scenario: Snapshot["scenario"];
  readonly design: Snapshot["design"];
  readonly scenarios: Snapshot["scenarios"];
  readonly designs: Snapshot["designs"];
}

const Picks = memo(function Picks({ scenario, design, scenarios, designs }: Choices) {
  const act = useActions();
  const noted = useSelect((state) => state.look.sheet === "designs");
  // another scenario has a grain of its own
  const { grain: _, ...values } = valuesOf(design);
  // a world of the reader's own is in no library; in a page's first moment there is none
  const isListed = scenarios.some(({ id }) => id === scenario.id);
  return (
    <div className="picks">
      <Pick
        label="scenario"
        value={scenario.id}
        choices={isListed ? scenarios : [scenario, ...scenarios]}
        onPick={(id) => act.choose(id, design.id, values)}
      />
      {/* Another design has other options: it starts with its own defaults. */}
      <Pick
        label="design"
        value={design.id}
        choices={designs.length === 0 ? [design] : designs}
        onPick={(id) => act.choose(scenario.id, id, {})}
      />
      <button
        type="button"
        className="quiet notes"
        aria-label="notes on the designs"
        aria-expanded={noted}
        onClick={() => act.toggleSheet("designs")}
      >
        notes
      </button>
    </div>
  );
});

function Position({ snapshot }: { snapshot: Snapshot }) {
  const act = useActions();
  const playing = useSelect((state) => state.playing);
  const { position, total } = snapshot;
  const start = position === 0;
  return (
    <span className="pos" role="group" aria-label="position">
      <button type="button" aria-label="first step" aria-disabled={start} onClick={() => act.seek(0)}>
        <Glyph name="first" />
      </button>
      <button type="button" aria-label="step back" aria-disabled={start} onClick={() => act.back()}>
        <Glyph name="prev" />
      </button>
      <output>
        {position} <i>of {total}</i>
      </output>
      <button type="button" aria-label="step forward" onClick={() => act.forward()}>
        <Glyph name="next" />
      </button>
      <button type="button" aria-label="last step" aria-disabled={position === total} onClick={() => act.seek(total)}>
        <Glyph name="last" />
      </button>
      <button type="button" aria-label={playing ? "pause" : "play"} onClick={() => act.play()}>
        <Glyph name={playing ? "pause" : "play"} />
      </button>
    </span>
  );
}

/** How many properties are violated, hold, were not exercised, or are not this design's. A dash is no tick. */
function Counts({ snapshot }: { snapshot: Snapshot }) {
  const count = (verdict: PropertyView["verdict"]) => propertiesBy(snapshot, verdict).length;
  const [bad, ok, pending, vacuous] = [count("violated"), count("holds"), count("pending"), count("vacuous")];
  const none = count("n/a");
  const label =
    `properties: ${bad} violated, ${ok} hold, ${pending} judged when all threads have finished, ` +
    `${vacuous} not exercised, ${none} not of this design`;
  return (
    <span className="sum" role="img" aria-label={label}>
      <span className={bad > 0 ? "bad" : "quiet"}>
        <Glyph name="no" />
        <b>{bad}</b>
      </span>
      <span>
        <Glyph name="ok" />
        {ok}
      </span>
      <span className="quiet">
        <Glyph name="later" />
        {pending}
      </span>
      <span className="quiet">
        <Glyph name="none" />
        {vacuous}
      </span>
      <span className="quiet">n/a {none}</span>
    </span>
  );
}

const nextTheme = { system: "light", light: "dark", dark: "system" } as const;
const shownTheme = { system: "auto", light: "light", dark: "dark" } as const;

function ThemeButton() {
  const act = useActions();
  const theme = useSelect((state) => state.theme);
  const shown = shownTheme[theme];
  return (
    <button
      type="button"
      className="quiet theme"
      aria-label={`theme: ${shown}`}
      onClick={() => act.setTheme(nextTheme[theme])}
    >
      {shown}
    </button>
  );
}
