import { Panel } from "../../ui/Panel.tsx";
import type { Snapshot } from "../../worker/protocol.ts";
import { useActions, useSelect } from "../context.ts";
import { About } from "./About.tsx";
import { Keys } from "./Keys.tsx";
import { Legend } from "./Legend.tsx";
import "./panels.css";

const titles = { about: "Assumptions and callers", legend: "Legend", keys: "Keys" } as const;

/** The sheet that is open, if one is. */
export function Sheets({ snapshot }: { snapshot: Snapshot }) {
  const act = useActions();
  const sheet = useSelect((state) => state.look.sheet);
  if (!sheet) return null;
  return (
    <Panel key={sheet} title={titles[sheet]} onClose={() => act.toggleSheet(sheet)}>
      {sheet === "about" && <About snapshot={snapshot} />}
      {sheet === "legend" && <Legend />}
      {sheet === "keys" && <Keys />}
    </Panel>
  );
}
