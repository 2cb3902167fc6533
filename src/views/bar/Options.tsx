import { memo } from "react";
import { Pick } from "../../ui/Pick.tsx";
import { useMedia } from "../../ui/useMedia.ts";
import { plain } from "../../ui/Words.tsx";
import type { Snapshot } from "../../worker/protocol.ts";
import { useActions } from "../context.ts";

/** What the design leaves open, in a word each; the sheet of assumptions says what the words stand for. */
export const Options = memo(function Options(props: { scenario: Snapshot["scenario"]; design: Snapshot["design"] }) {
  const act = useActions();
  const { scenario, design } = props;
  const values = valuesOf(design);
  const folds = useMedia("(min-width: 641px) and (max-width: 1400px)");
  if (design.options.length === 0) return null;
  const options = (
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
  if (!folds) return options;
  return (
    <details
      className="folded-options"
      onBlur={({ currentTarget, relatedTarget }) => {
        if (!currentTarget.contains(relatedTarget)) currentTarget.open = false;
      }}
      onKeyDown={(event) => {
        if (event.key !== "Escape" || !event.currentTarget.open) return;
        event.stopPropagation();
        event.currentTarget.open = false;
        event.currentTarget.querySelector("summary")?.focus();
      }}
    >
      <summary>options</summary>
      {options}
    </details>
  );
});

/** The options as they are, for a request that changes one of them. */
export function valuesOf(design: Snapshot["design"]): Record<string, string> {
  return Object.fromEntries(design.options.map(({ id, value }) => [id, value]));
}
