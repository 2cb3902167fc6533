import { useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";
import { afterPaint, atRest } from "../session/paint.ts";
import type { Session } from "../session/session.ts";
import { giveBack } from "../ui/focus.ts";
import { Glyph } from "../ui/Glyph.tsx";
import { lazyPanel, loadPanels } from "../ui/lazyPanel.tsx";
import { Words } from "../ui/Words.tsx";
import "../ui/tokens.css";
import "../ui/widgets.css";
import "./app.css";
import type { MenuAt } from "./actions/place.ts";
import { Bar } from "./bar/View.tsx";
import { SessionContext, useActions, useSelect } from "./context.ts";
import { Graph } from "./graph/View.tsx";
import { Inspector } from "./inspector/View.tsx";
import { Finder } from "./finder/Shell.tsx";
import "./motion/motion.css";
import { useMotion } from "./motion/useMotion.ts";
import { Sentence } from "./sentence/View.tsx";
import { Tables } from "./tables/View.tsx";
import { Threads } from "./threads/View.tsx";
import { Time } from "./time/View.tsx";
import { useKeys } from "./useKeys.ts";

/** Over the run; what each holds comes after them. */
const Sheets = lazyPanel(() => import("./panels/View.tsx"));
const ActionMenu = lazyPanel(() => import("./actions/View.tsx"));
/** Loaded when it is first opened, and the checkers with it. */
const Verdicts = lazyPanel(() => import("./matrix/View.tsx"), { ahead: false });
/** Loaded when it is first asked for. */
const Story = lazyPanel(() => import("./stories/Strip.tsx"));

/** The whole page over one session. */
export function App({ session }: { session: Session }) {
  useKeys(session.act, session.store.getState);
  return (
    <SessionContext value={session}>
      <Page />
    </SessionContext>
  );
}

function Page() {
  const snapshot = useSelect((state) => state.snapshot);
  const act = useActions();
  const theme = useSelect((state) => state.theme);
  const told = useSelect((state) => state.told !== null);
  const [menu, setMenu] = useState<MenuAt | null>(null);
  const sheet = useSelect((state) => state.look.sheet);
  // the verdicts are no sheet over the run: they cover the page
  const covered = sheet === "verdicts";
  const seeking = useSelect((state) => state.seeking !== null);
  const finding = useSelect((state) => state.finding);
  const page = useMotion(snapshot, seeking);
  const closeMenu = useCallback(() => setMenu(null), []);
  const begun = snapshot !== null;
  useCovered(covered);
  useEffect(() => {
    if (!begun) return undefined;
    const soon = setTimeout(() => act.settle(), 100);
    return () => clearTimeout(soon);
  }, [act, begun]);
  useEffect(() => {
    // what is opened on demand is fetched when there is nothing better to do: then it opens at once, also without a network
    if (begun) atRest(() => void loadPanels());
  }, [begun]);
  useEffect(() => {
    document.documentElement.dataset.theme = theme;
  }, [theme]);
  useEffect(() => {
    if (!snapshot) return;
    const { scenario, design, position } = snapshot;
    afterPaint(() => {
      document.title = `SMMU Explorer: ${scenario.title}, ${design.title}, step ${position}`;
    });
  }, [snapshot]);
  return (
    <div className={covered ? "page covered" : "page"} ref={page}>
      {snapshot && <Bar snapshot={snapshot} />}
      <Notice />
      {!snapshot && <First />}
      {snapshot && told && <Story snapshot={snapshot} />}
      {snapshot && (
        <>
          <main>
            {sheet && !covered && <Sheets snapshot={snapshot} sheet={sheet} />}
            <Threads snapshot={snapshot} />
            <section className="centre" aria-label="state">
              <Sentence snapshot={snapshot} />
              <Graph snapshot={snapshot} onMenu={setMenu} />
              <Tables snapshot={snapshot} />
            </section>
            <Inspector snapshot={snapshot} />
            {menu && <ActionMenu snapshot={snapshot} menu={menu} onClose={closeMenu} />}
          </main>
          <Time snapshot={snapshot} />
          {covered && <Verdicts snapshot={snapshot} />}
          {finding && <Finder key={finding} snapshot={snapshot} among={finding} />}
        </>
      )}
    </div>
  );
}

/** What had the focus when the table covered the page has it again; the table's own script may come after the page is gone. */
function useCovered(covered: boolean): void {
  const before = useRef<Element | null>(null);
  useLayoutEffect(() => {
    if (covered) before.current = document.activeElement;
  }, [covered]);
  useEffect(() => {
    if (!covered) return undefined;
    return () => giveBack(before.current);
  }, [covered]);
}

/**
 * Before the first state: the panes that it will fill, what is waited for where its sentence will stand, and what to do when
 * it does not come.
 */
function First() {
  const failed = useSelect((state) => state.notice !== "" && state.pending === 0);
  return (
    <>
      <header className="top">
        <h1>SMMU Explorer</h1>
      </header>
      <main className="first">
        <div className="threads" />
        <div className="centre">
          <p className="say quiet">
            {failed
              ? "The model runs in a worker of this page, and it did not start. Nothing of the run is lost: the address holds it."
              : "The model is starting. It then plays the run that the address names."}
          </p>
        </div>
        <div className="insp" />
      </main>
      <footer className="bottom first" />
    </>
  );
}

/** One quiet sentence above everything, announced, gone with Escape or its button. */
function Notice() {
  const act = useActions();
  const notice = useSelect((state) => state.notice);
  return (
    <div className="notice" role="status">
      {notice && (
        <p>
          <span>
            <Words text={notice} />
          </span>
          <button type="button" aria-label="dismiss the notice, Esc" onClick={() => act.dismiss()}>
            <Glyph name="no" /> <kbd>Esc</kbd>
          </button>
        </p>
      )}
    </div>
  );
}
