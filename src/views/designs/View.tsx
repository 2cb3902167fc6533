import { useEffect } from "react";
import type { ReactNode } from "react";
import { Words } from "../../ui/Words.tsx";
import type { DesignNotes, Snapshot } from "../../worker/protocol.ts";
import { useActions, useSelect } from "../context.ts";
import "./designs.css";

/** Every design with its source, what was left open, and which procedures it changes; the present one stands open. */
export default function Designs({ snapshot }: { snapshot: Snapshot }) {
  const act = useActions();
  const notes = useSelect((state) => state.designNotes);
  useEffect(() => act.readDesigns(), [act]);
  if (notes === null) return null;
  return (
    <div className="designs">
      <p>
        Linux 7.3 is modelled whole; each of the others is told as its difference to that, oldest first. What differs is
        listed by procedure and file: all else is the same.
      </p>
      {notes.map((design) => (
        <Design key={design.id} design={design} snapshot={snapshot} />
      ))}
    </div>
  );
}

function Design({ design, snapshot }: { design: DesignNotes; snapshot: Snapshot }) {
  const act = useActions();
  const present = design.id === snapshot.design.id;
  return (
    <details open={present}>
      <summary>
        <h3>{design.title}</h3> <span className="quiet">{present ? "the present one" : design.id}</span>
      </summary>
      <div className="notes">
        <dl>
          <Entry name="what it is">
            <Words text={design.about} />
          </Entry>
          <Entry name="source">
            <Words text={design.source} />
          </Entry>
          <Entry name="driver">
            <Words text={design.driver} />
          </Entry>
          <Entry name="left open">
            <List lines={design.open} />
          </Entry>
          {design.silences.length > 0 && (
            <Entry name="silent on">
              <List lines={design.silences.map(({ worlds, says }) => `\`${worlds.join("`, `")}\`: ${says}`)} />
            </Entry>
          )}
          {design.options.map(({ id, title, about, values }) => (
            <Entry key={id} name={`option ${title}`}>
              <Words text={about} />
              <List lines={values.map((value, i) => `${value.title}${i === 0 ? " (default)" : ""}: ${value.about}`)} />
            </Entry>
          ))}
          {design.notApplicable.length > 0 && (
            <Entry name="not judged by">{design.notApplicable.join(", ")}: it has nothing that they speak of</Entry>
          )}
        </dl>
        <Differs design={design} />
        {!present && (
          <button
            type="button"
            className="framed"
            onClick={() => act.choose(snapshot.scenario.id, design.id, {})}
          >{`A fresh run of ${snapshot.scenario.title.replaceAll("`", "")} in ${design.title}`}</button>
        )}
      </div>
    </details>
  );
}

function Entry({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function List({ lines }: { lines: readonly string[] }) {
  return (
    <ul>
      {lines.map((line) => (
        <li key={line}>
          <Words text={line} />
        </li>
      ))}
    </ul>
  );
}

function Differs({ design }: { design: DesignNotes }) {
  const count = design.differs.reduce((sum, { procs }) => sum + procs.length, 0);
  if (count === 0) return <p>It is what the others are compared with.</p>;
  return (
    <div>
      <h4>Differs from Linux 7.3 in {count} procedures</h4>
      {design.differs.map(({ file, note, procs }) => (
        <div key={file + note} className="differing">
          <p>
            <Words text={`\`${file}\``} />
            {note !== "" && (
              <span className="meta">
                {" "}
                <Words text={note} />
              </span>
            )}
          </p>
          <ul>
            {procs.map(({ name, isNew }) => (
              <li key={name}>
                <Words text={`\`${name}\``} />
                {isNew && <span className="meta"> new</span>}
              </li>
            ))}
          </ul>
        </div>
      ))}
    </div>
  );
}
