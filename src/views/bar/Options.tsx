import { memo } from "react";
import { Pick } from "../../ui/Pick.tsx";
import { plain } from "../../ui/Words.tsx";
import type { Snapshot } from "../../worker/protocol.ts";
import { useActions } from "../context.ts";

/** What the design leaves open, in a word each; the sheet of assumptions says what the words stand for. */
export const Options = memo(function Options(props: { scenario: Snapshot["scenario"]; design: Snapshot["design"] }) {
  const act = useActions();
  const { scenario, design } = props;
  const values = valuesOf(design);
  if (design.options.length === 0) return null;
  return (
    <div className="options" role="group" aria-label={`options of ${design.title}`}>
      {design.options.map((option) => (
        <Pick
          key={option.id}
          label={plain(option.title)}
          about={plain(option.about)}
          value={option.value}
          choices={option.values}
          onPick={(value) => act.choose(scenario.id, design.id, { ...values, [option.id]: value })}
        />
      ))}
    </div>
  );
});

/** The options as they are, for a request that changes one of them. */
export function valuesOf(design: Snapshot["design"]): Record<string, string> {
  return Object.fromEntries(design.options.map(({ id, value }) => [id, value]));
}
