import { lazy, Suspense } from "react";
import { Panel } from "../../ui/Panel.tsx";
import type { Snapshot } from "../../worker/protocol.ts";
import { useActions, useSelect } from "../context.ts";
import { About } from "./About.tsx";
import { Keys } from "./Keys.tsx";
import { Legend } from "./Legend.tsx";
import "./panels.css";

const titles = {
  about: "Assumptions and callers",
  designs: "Kernel designs",
  checks: "The twelve checks of arm_smmu_domain_test_dev",
  legend: "Legend",
  keys: "Keys",
  reply: "Copy as reply",
  stories: "The reviewers' questions",
  compare: "The same schedule in another design",
  recipe: "On a machine",
} as const;

/** Loaded when they are first opened: most who read a run never write a mail about it. */
const Designs = lazy(() => import("../designs/View.tsx"));
const Checks = lazy(() => import("../checks/View.tsx"));
const Reply = lazy(() => import("../reply/View.tsx"));
const Stories = lazy(() => import("../stories/View.tsx"));
const Compare = lazy(() => import("../compare/View.tsx"));
const Recipe = lazy(() => import("../recipe/View.tsx"));

/** The sheet that is open, if one is. */
export function Sheets({ snapshot }: { snapshot: Snapshot }) {
  const act = useActions();
  const sheet = useSelect((state) => state.look.sheet);
  // the verdicts are no sheet over the run: they cover the page
  if (!sheet || sheet === "verdicts") return null;
  return (
    <Panel
      key={sheet}
      title={titles[sheet]}
      className={sheet === "reply" ? "whole" : ""}
      onClose={() => act.toggleSheet(sheet)}
    >
      {sheet === "about" && <About snapshot={snapshot} />}
      {sheet === "legend" && <Legend />}
      {sheet === "keys" && <Keys />}
      {sheet === "designs" && (
        <Suspense>
          <Designs snapshot={snapshot} />
        </Suspense>
      )}
      {sheet === "checks" && (
        <Suspense>
          <Checks />
        </Suspense>
      )}
      {sheet === "reply" && (
        <Suspense>
          <Reply snapshot={snapshot} />
        </Suspense>
      )}
      {sheet === "stories" && (
        <Suspense>
          <Stories />
        </Suspense>
      )}
      {sheet === "compare" && (
        <Suspense>
          <Compare snapshot={snapshot} />
        </Suspense>
      )}
      {sheet === "recipe" && (
        <Suspense>
          <Recipe snapshot={snapshot} />
        </Suspense>
      )}
    </Panel>
  );
}
