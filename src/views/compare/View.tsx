import { useEffect, useState } from "react";
import { Words } from "../../ui/Words.tsx";
import type { ComparedRow, ComparedStep, CompareView, Snapshot } from "../../worker/protocol.ts";
import { useActions, useSelect } from "../context.ts";
import "./compare.css";

/** The run that is open, and the same schedule on another design. */
export default function Compare({ snapshot }: { snapshot: Snapshot }) {
  const act = useActions();
  const compared = useSelect((state) => state.compared);
  const others = snapshot.designs.filter(({ id }) => id !== snapshot.design.id);
  const [chosen, choose] = useState<string | null>(null);
  // the newest kernel, as soon as it is known which there are
  const design = chosen ?? others.at(-1)?.id ?? "";
  const { head, tail } = snapshot.link;
  useEffect(() => {
    if (design !== "") act.compare(design);
  }, [act, design, head, tail]);
  return (
    <div className="compare">
      <p>
        <label>
          the same schedule in{" "}
          <select className="sel" value={design} onChange={(event) => choose(event.target.value)}>
            {others.map(({ id, title }) => (
              <option key={id} value={id}>
                {title}
              </option>
            ))}
          </select>
        </label>{" "}
        <span className="quiet">
          Each stretch of one thread ends with the statement at which it ended here, not after as many steps.
        </span>
      </p>
      {compared === null || compared.b.id !== design ? (
        <p className="quiet">Playing the schedule in the other design.</p>
      ) : (
        <Compared view={compared} />
      )}
    </div>
  );
}

function Compared({ view }: { view: CompareView }) {
  const act = useActions();
  const differ = view.properties.filter(({ a, b }) => a.verdict !== b.verdict);
  return (
    <>
      <div className="sides">
        <Side title="results" head={view}>
          {view.results.map(({ thread, title, a, b }) => (
            <Three key={thread + title} what={`${thread}, ${title}`} a={a} b={b} />
          ))}
        </Side>
        <Side title="properties that differ" head={view}>
          {differ.map(({ id, a, b }) => (
            <Three key={id} what={id} a={verdict(a)} b={verdict(b)} />
          ))}
        </Side>
        <Side title={`end states: ${view.equalFacts} facts alike, these not`} head={view}>
          {view.state.map(({ what, a, b }) => (
            <Three key={what} what={what} a={a ?? "-"} b={b ?? "-"} />
          ))}
        </Side>
      </div>
      {view.refused.map(({ step, text, why }) => (
        <p key={step}>
          Step {step}, <Words text={text} />, cannot be in {view.b.title}: {why}.
        </p>
      ))}
      <p>
        <button type="button" className="framed" onClick={() => act.open(view.b.link)}>
          Open the run in {view.b.title}
        </button>
      </p>
      <table className="steps">
        <thead>
          <tr>
            <th scope="col" className="cpu">
              CPU
            </th>
            <th scope="col" className="number">
              step
            </th>
            <th scope="col">
              {view.a.title}, {view.a.steps} steps
            </th>
            <th scope="col" className="number">
              step
            </th>
            <th scope="col">
              {view.b.title}, {view.b.steps} steps
            </th>
          </tr>
        </thead>
        <tbody>
          {view.shown.map((row, i) => (
            // a comparison is drawn anew as a whole, so a place in it is a good key
            <Row key={i} row={row} />
          ))}
        </tbody>
      </table>
    </>
  );
}

const verdict = ({ verdict: said, since }: CompareView["properties"][number]["a"]) =>
  said === "vacuous" ? "not exercised" : since === null ? said : `${said} since ${since}`;

function Side(props: { title: string; head: CompareView; children: readonly React.ReactNode[] }) {
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">{props.title}</th>
          <th scope="col">{props.head.a.id}</th>
          <th scope="col">{props.head.b.id}</th>
        </tr>
      </thead>
      <tbody>
        {props.children.length > 0 ? (
          props.children
        ) : (
          <tr>
            <td className="quiet">none</td>
          </tr>
        )}
      </tbody>
    </table>
  );
}

function Three({ what, a, b }: { what: string; a: string; b: string }) {
  return (
    <tr>
      <th scope="row">
        <Words text={what} />
      </th>
      <td className="m">{a}</td>
      <td className={a === b ? "m" : "m apart"}>{b}</td>
    </tr>
  );
}

function Row({ row }: { row: ComparedRow }) {
  if (row.kind === "alike")
    return (
      <tr className="alike">
        <td className="quiet">CPU{row.thread}</td>
        <td colSpan={4} className="quiet">
          {row.count} steps alike: {row.a} and {row.b}
        </td>
      </tr>
    );
  return (
    <tr className={[row.same ? "" : "apart", row.parts ? "parts" : ""].join(" ").trim()}>
      <td className="quiet">CPU{row.thread}</td>
      <Cell step={row.a} />
      <Cell step={row.b} />
    </tr>
  );
}

function Cell({ step }: { step: ComparedStep | null }) {
  if (step === null)
    return (
      <>
        <td />
        <td className="quiet" aria-label="no such statement here" />
      </>
    );
  const marks = [step.errno, step.warn === "" ? "" : `WARN ${step.warn}`, ...step.broke].filter((mark) => mark !== "");
  return (
    <>
      <td className="quiet number">{step.step}</td>
      <td>
        <Words text={step.text} />
        {marks.length > 0 && <b className="m"> {marks.join(" ")}</b>}
      </td>
    </>
  );
}
