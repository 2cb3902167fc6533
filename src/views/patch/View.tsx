import { useEffect, useState } from "react";
import { Pick } from "../../ui/Pick.tsx";
import { Words } from "../../ui/Words.tsx";
import type { PatchView, Snapshot } from "../../worker/protocol.ts";
import { useActions, useSelect } from "../context.ts";
import "./patch.css";

type ProcPatch = PatchView["procs"][number];

/** Any two designs as a patch: from the one it grew out of to the present one, until others are picked. */
export default function Patch({ snapshot }: { snapshot: Snapshot }) {
  const act = useActions();
  const notes = useSelect((state) => state.designNotes);
  const patch = useSelect((state) => state.patch);
  const [picked, setPicked] = useState<{ from: string; to: string } | null>(null);
  const grewFrom = notes?.find(({ id }) => id === snapshot.design.id)?.grewFrom;
  const from = picked?.from ?? grewFrom ?? "";
  const to = picked?.to ?? snapshot.design.id;
  useEffect(() => act.readDesigns(), [act]);
  useEffect(() => {
    if (from !== "") act.readPatch(from, to);
  }, [act, from, to]);
  if (from === "") return null;
  const shown = patch?.from === from && patch.to === to ? patch.procs : null;
  return (
    <div className="patch">
      <p className="pair">
        <Pick label="from" value={from} choices={snapshot.designs} onPick={(id) => setPicked({ from: id, to })} />
        <Pick label="to" value={to} choices={snapshot.designs} onPick={(id) => setPicked({ from, to: id })} />
        <button type="button" className="framed" onClick={() => setPicked({ from: to, to: from })}>
          turn round
        </button>
        <span className="quiet" role="status">
          {shown === null ? "" : summary(shown)}
        </span>
      </p>
      <p className="quiet">
        The statements are those that are played, in the kernel's order, with the default options of both designs.
      </p>
      {shown?.map((proc) => (
        <Proc key={proc.file + proc.name} proc={proc} />
      ))}
    </div>
  );
}

function summary(procs: readonly ProcPatch[]): string {
  const count = (mark: string) =>
    procs.reduce((sum, { lines }) => sum + lines.filter((line) => line.mark === mark).length, 0);
  if (procs.length === 0) return "the same design";
  return `${procs.length} procedures, ${count("-")} statements go, ${count("+")} come`;
}

const heads = { new: " new", gone: " gone", changed: "" } as const;
const signs = { "+": "+", "-": "\u2212", " ": "", gap: "" } as const;
const spoken = { "+": "comes: ", "-": "goes: ", " ": "", gap: "" } as const;
const classes = { "+": "come", "-": "go", " ": "stay", gap: "gap" } as const;

function Proc({ proc: { name, file, note, how, lines } }: { proc: ProcPatch }) {
  return (
    <section>
      <h3>
        <Words text={`\`${name}\``} />
        <span className="meta">
          {heads[how]} <Words text={`\`${file}\`${note === "" ? "" : ` ${note}`}`} />
        </span>
      </h3>
      {lines.length === 0 ? (
        <p className="quiet">It reads alike, and differs in whom or what a statement asks.</p>
      ) : (
        <ol>
          {lines.map((line, i) => (
            // oxlint-disable-next-line react/no-array-index-key -- lines of a patch repeat, and never move
            <li key={i} className={`${classes[line.mark]} depth${Math.min(line.depth, 6)}`}>
              <span aria-hidden="true" className="sign">
                {signs[line.mark]}
              </span>
              <span>
                <span className="unseen">{spoken[line.mark]}</span>
                {line.mark === "gap" ? "\u22ef" : <Words text={line.text} />}
              </span>
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}
