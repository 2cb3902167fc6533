import { lazyPanel } from "../../ui/lazyPanel.tsx";
import { Panel } from "../../ui/Panel.tsx";
import type { Snapshot } from "../../worker/protocol.ts";
import { useActions } from "../context.ts";
import "./panels.css";

const titles = {
  about: "Assumptions and callers",
  designs: "Kernel designs",
  patch: "One design as a patch to another",
  checks: "The twelve checks of arm_smmu_domain_test_dev",
  legend: "Legend",
  changes: "What if",
  keys: "Keys",
  reply: "Copy as reply",
  inspect: "Inspector",
  stories: "The reviewers' questions",
  compare: "The same schedule in another design",
  recipe: "On a machine",
} as const;

/** Lazy panels are registered here: none is part of the first load. One that is no sheet is registered in App.tsx. */
const About = lazyPanel(() => import("./About.tsx"));
const Keys = lazyPanel(() => import("./Keys.tsx"));
const Legend = lazyPanel(() => import("./Legend.tsx"));
const Designs = lazyPanel(() => import("../designs/View.tsx"));
const Patch = lazyPanel(() => import("../patch/View.tsx"));
const Checks = lazyPanel(() => import("../checks/View.tsx"));
const Inspect = lazyPanel(() => import("../inspect/View.tsx"));
const Reply = lazyPanel(() => import("../reply/View.tsx"));
const Stories = lazyPanel(() => import("../stories/View.tsx"));
const Compare = lazyPanel(() => import("../compare/View.tsx"));
const Recipe = lazyPanel(() => import("../recipe/View.tsx"));
const Changes = lazyPanel(() => import("../toggles/View.tsx"));

/** The sheet that is open. */
export default function Sheets({ snapshot, sheet }: { snapshot: Snapshot; sheet: keyof typeof titles }) {
  const act = useActions();
  return (
    <Panel
      key={sheet}
      title={titles[sheet]}
      className={sheet === "reply" || sheet === "inspect" ? "whole" : ""}
      onClose={() => act.toggleSheet(sheet)}
    >
      {sheet === "about" && <About snapshot={snapshot} />}
      {sheet === "legend" && <Legend />}
      {sheet === "keys" && <Keys />}
      {sheet === "designs" && <Designs snapshot={snapshot} />}
      {sheet === "patch" && <Patch snapshot={snapshot} />}
      {sheet === "changes" && <Changes snapshot={snapshot} />}
      {sheet === "checks" && <Checks />}
      {sheet === "inspect" && <Inspect snapshot={snapshot} />}
      {sheet === "reply" && <Reply snapshot={snapshot} />}
      {sheet === "stories" && <Stories />}
      {sheet === "compare" && <Compare snapshot={snapshot} />}
      {sheet === "recipe" && <Recipe snapshot={snapshot} />}
    </Panel>
  );
}
