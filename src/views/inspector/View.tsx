import { memo, useCallback, useEffect, useState } from "react";
import {
  deviceOf,
  eventOf,
  diverges,
  isApart,
  layersOf,
  pairInHand,
  propertiesBy,
  rowInFocus,
  severalSmmus,
  standing,
} from "../../session/select.ts";
import { Breakable } from "../../ui/Breakable.tsx";
import { Glyph, LayerLine } from "../../ui/Glyph.tsx";
import { lazyPanel } from "../../ui/lazyPanel.tsx";
import { Words } from "../../ui/Words.tsx";
import type {
  Belief,
  ChangeView,
  DeviceView,
  DomainView,
  PropertyView,
  RowView,
  Snapshot,
} from "../../worker/protocol.ts";
import { useActions, useSelect } from "../context.ts";
import { columnsFor } from "./columns.ts";
import "./inspector.css";

/** Loaded when the page is at rest, or when a property is first asked how it breaks. */
const Counterexample = lazyPanel(() => import("../counterexample/View.tsx"));

/** Who says what about one device, what this step changed, and which properties hold. */
export function Inspector({ snapshot }: { snapshot: Snapshot }) {
  const selected = useSelect((state) => state.look.selected);
  const act = useActions();
  const row = rowInFocus(snapshot, selected);
  const { scenario, design } = pairInHand(snapshot);
  const onCheck = useCallback(() => act.showVerdicts({ scenario, design, property: null }), [act, scenario, design]);
  const device = row && deviceOf(snapshot, row);
  return (
    <aside className="insp" aria-label="inspector" data-pane="inspector" tabIndex={0}>
      {row && device && (
        <section className="w-truth">
          <h2 className="subject">
            <code>{device.name}</code> {row.label}
            {severalSmmus(snapshot) && <span className="meta"> behind {device.smmu}</span>}
          </h2>
          <Truths device={device} focus={row} domains={severalSmmus(snapshot) ? snapshot.domains : none} />
        </section>
      )}
      <Changes snapshot={snapshot} />
      <Why snapshot={snapshot} />
      <Breaking snapshot={snapshot} />
      <Properties properties={snapshot.properties} onCheck={onCheck} />
    </aside>
  );
}

/** The property in sight, wherever in the run one stands: it stays while the steps to it are walked. */
function Breaking({ snapshot }: { snapshot: Snapshot }) {
  const id = useSelect(({ look }) => look.property);
  const property = snapshot.properties.find((one) => one.id === id);
  return property ? <Counterexample snapshot={snapshot} property={property} /> : null;
}

const none: readonly DomainView[] = [];

/** `domains` where it matters which SMMU they are of, else none. */
const Truths = memo(function Truths(props: { device: DeviceView; focus: RowView; domains: readonly DomainView[] }) {
  const { device, focus, domains } = props;
  const rows = columnsFor(device.rows, focus);
  const stands = (row: RowView) => standing({ devices: [device] }, row);
  const smmuOf = ({ domain }: Belief) => domains.find(({ id }) => id === domain)?.smmu ?? "";
  return (
    <>
      <table className="truth">
        <thead>
          <tr>
            <th scope="col">
              <span className="asked">who says</span>
              <code className="whose">{device.name}</code>
            </th>
            {rows.map((row) => (
              <th key={row.id} scope="col" className={row === focus ? "focus" : ""}>
                {row.label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {layersOf(device.rows).map((layer) => (
            <tr key={layer}>
              <th scope="row" className={layer}>
                <LayerLine layer={layer} />
                {layer}
              </th>
              {rows.map((row) => (
                <td
                  key={row.id}
                  className={layer !== "core" && isApart(row, layer) ? "dv apart" : diverges(row) ? "dv" : ""}
                >
                  <BeliefView
                    belief={row[layer] ?? row.tables}
                    smmu={smmuOf(row[layer] ?? row.tables)}
                    event={eventOf(row, layer)}
                  />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr>
            <td />
            {rows.map((row) => (
              <td key={row.id} className={diverges(row) ? "dv bad" : ""}>
                {row.agree ? (
                  <>
                    <Glyph name="ok" /> agree
                  </>
                ) : row.docked && !diverges(row) ? (
                  <span className={stands(row) === "docked" ? "reset" : "quiet"}>{stands(row)}</span>
                ) : (
                  <b>
                    <Glyph name="no" /> diverge
                  </b>
                )}
              </td>
            ))}
          </tr>
        </tfoot>
      </table>
      {focus.sentence && !focus.agree && (
        <p className={diverges(focus) ? "why bad" : "why quiet"}>
          <Words text={focus.sentence} />
        </p>
      )}
    </>
  );
});

function BeliefView({ belief, smmu, event }: { belief: Belief; smmu: string; event: string | undefined }) {
  return (
    <>
      {belief.changed && <Glyph name="delta" label="changed" />}{" "}
      <span className={belief.changed ? "is" : ""}>
        <Words text={belief.text} />
      </span>
      {smmu !== "" && <span className="quiet"> of {smmu}</span>}{" "}
      <small className="where">
        <Breakable text={belief.where} />
      </small>{" "}
      {event && (
        <small>
          <Breakable text={event} />
        </small>
      )}
    </>
  );
}

function Changes({ snapshot }: { snapshot: Snapshot }) {
  const { position, changes } = snapshot;
  return (
    <section className="w-chg">
      <h2>{position === 0 ? "Before the first step" : `Changed by step ${position}`}</h2>
      <ul className="chg">
        {changes.map((change, i) => (
          <ChangeLine key={`${i} ${change.what}`} change={change} />
        ))}
        {changes.length === 0 && position === 0 && <li className="quiet">no step yet</li>}
        {position > 0 && <Unchanged snapshot={snapshot} />}
      </ul>
    </section>
  );
}

/** That nothing changed is said too, and since when: of the tables, which hardware obeys. */
function Unchanged({ snapshot }: { snapshot: Snapshot }) {
  const { changes, devices } = snapshot;
  const nothing = changes.length === 0;
  if (!nothing && changes.some(({ layer }) => layer === "tables")) return null;
  const writes = devices.flatMap(({ stes, cdTable }) => [...stes, ...cdTable.entries].flatMap((entry) => entry.writes));
  const last = Math.max(0, ...writes);
  const since = last === 0 ? "as they were at the start" : `unchanged since ${last}`;
  return <li className="quiet">{nothing ? `nothing in any layer; tables ${since}` : `tables ${since}`}</li>;
}

/** What the statement that decided had read, and which step wrote it: asked for once the reader rests at a step. */
function Why({ snapshot }: { snapshot: Snapshot }) {
  const act = useActions();
  const why = useSelect((state) => state.why);
  const { head } = snapshot.link;
  const step = snapshot.timeline.steps[snapshot.position - 1];
  const asks = step !== undefined && (step.errno !== undefined || step.warn !== undefined || step.violated.length > 0);
  useEffect(() => {
    if (!asks || why?.of === head) return undefined;
    const rest = setTimeout(() => act.askWhy(), 250);
    return () => clearTimeout(rest);
  }, [act, asks, head, why?.of]);
  if (!asks || why?.of !== head || why.reads.length === 0) return null;
  const ran = snapshot.threads.find(({ id }) => id === step.thread)?.name ?? "the thread";
  return (
    <section className="w-why">
      <h2>
        Why {why.about}: {why.judges ? "what it looks at" : `what ${ran} read`}
      </h2>
      <ul className="chg">
        {why.reads.map(({ what, value, read, by, thread }) => (
          <li key={what}>
            <span className="what">
              <Words text={what} /> <b>{value}</b>
              {!why.judges && read < why.position && <span className="quiet"> at {read}</span>}
            </span>
            <span className="values">
              {by === 0 ? (
                <span className="quiet">from the start</span>
              ) : (
                <button type="button" className="to-step" onClick={() => act.seek(by)}>
                  {snapshot.threads.find(({ id }) => id === thread)?.name}, step {by}
                </button>
              )}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** A layer's own ink; a thread and a verdict belong to no layer. */
const inks: Partial<Record<ChangeView["layer"], string>> = {
  core: "core",
  driver: "driver",
  tables: "tables",
  hardware: "hardware",
  reset: "reset",
};

function ChangeLine({ change }: { change: ChangeView }) {
  const bad = change.layer === "property" && change.is === "violated";
  return (
    <li>
      <Glyph name="delta" />
      <span className={`what ${inks[change.layer] ?? ""}`}>
        <Words text={change.what} />
      </span>{" "}
      <span className="values">
        {change.was !== "" && <s>{change.was}</s>} <b className={bad ? "bad" : ""}>{change.is}</b>
      </span>
    </li>
  );
}

const Properties = memo(function Properties(props: Pick<Snapshot, "properties"> & { onCheck: () => void }) {
  const { properties, onCheck } = props;
  const act = useActions();
  const looked = useSelect(({ look }) => look.property);
  return (
    <section className="w-props">
      <div className="headed">
        <h2>Properties</h2>
        <button type="button" onClick={onCheck}>
          Check all runs <kbd>v</kbd>
        </button>
      </div>
      <ul className="props">
        {propertiesBy({ properties }, "violated").map((property) => (
          <li key={property.id} className="bad">
            <Glyph name="no" label="violated" />
            <div>
              <button
                type="button"
                className="id"
                aria-label={`${property.id}: how it breaks`}
                aria-pressed={looked === property.id}
                onClick={() => act.lookAt(looked === property.id ? null : property.id)}
              >
                <b>{property.id}</b>
              </button>{" "}
              {property.since !== undefined && <span className="meta">since {property.since}</span>}
              <p>
                <Words text={property.sentence} />
              </p>
              {property.why && (
                <p>
                  <Words text={property.why} />
                </p>
              )}
            </div>
          </li>
        ))}
        <Held glyph="ok" word="holds" properties={propertiesBy({ properties }, "holds")} />
        <Held
          glyph="later"
          word="judged when all threads have finished"
          properties={propertiesBy({ properties }, "pending")}
        />
        <Held glyph="none" word="not exercised" properties={propertiesBy({ properties }, "vacuous")} />
        <Held glyph="none" word="n/a in this design" properties={propertiesBy({ properties }, "n/a")} />
      </ul>
    </section>
  );
});

/** Properties of one verdict on a few lines; each opens to its sentence, its moment and its source. */
function Held(props: { glyph: "ok" | "later" | "none"; word: string; properties: readonly PropertyView[] }) {
  if (props.properties.length === 0) return null;
  return (
    <li className={props.glyph === "ok" ? "" : "quiet"}>
      <Glyph name={props.glyph} />
      <div className="held">
        <span className="meta">{props.word}</span>
        {props.properties.map((property) => (
          <Folded key={property.id} property={property} />
        ))}
      </div>
    </li>
  );
}

/** There are dozens, and few are ever opened: what a property says is drawn from then on. */
const Folded = memo(function Folded({ property }: { property: PropertyView }) {
  const [asked, setAsked] = useState(false);
  return (
    <details onToggle={() => setAsked(true)}>
      <summary>{property.id}</summary>
      {asked && (
        <>
          <p>
            <Words text={property.sentence} />
          </p>
          <p className="meta">
            judged: <Words text={property.moment} />; source: <Words text={property.source} />
          </p>
        </>
      )}
    </details>
  );
});
