import { eventOf, ssidOf } from "../../session/select.ts";
import type { Pin, Subject } from "../../session/entry.ts";
import { Glyph } from "../../ui/Glyph.tsx";
import { Words } from "../../ui/Words.tsx";
import type { InspectView, Snapshot, UpdateStep, UpdateView } from "../../worker/protocol.ts";
import { useActions } from "../context.ts";
import { likeText, modeText } from "./words.ts";

/** Beside the bits: what speaks against them, how the driver gets there, what a request meets, and the pins. */
export function Side(props: {
  view: InspectView;
  subject: Subject | undefined;
  snapshot: Snapshot;
  pins: readonly Pin[];
}) {
  const { view, subject, snapshot, pins } = props;
  return (
    <div className="side">
      <Faults view={view} />
      {view.update && <Update update={view.update} kind={view.kind} />}
      {subject && <Requests subject={subject} snapshot={snapshot} />}
      {pins.length > 0 && <Pins pins={pins} />}
      <Marks />
    </div>
  );
}

function Faults({ view }: { view: InspectView }) {
  const bad = view.faults.filter(({ kind }) => kind !== "note");
  const notes = view.faults.filter(({ kind }) => kind === "note");
  return (
    <section>
      <h3>Against the architecture</h3>
      <ul className="faults">
        {bad.map(({ kind, text }) => (
          <li key={text} className="bad">
            <Glyph name="no" /> <b>{kind}</b>: <Words text={text} />
          </li>
        ))}
        {bad.length === 0 && (
          <li className="quiet">
            No illegal combination found. What depends on the SMMU's ID registers is not judged.
          </li>
        )}
        {notes.map(({ text }) => (
          <li key={text}>
            <Words text={text} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function Update({ update, kind }: { update: UpdateView; kind: InspectView["kind"] }) {
  const { steps, illFormed } = update;
  const underWay = steps.some(({ made }) => made !== undefined);
  const command = kind === "ste" ? "CFGI_STE, CMD_SYNC" : "CFGI_CD, CMD_SYNC";
  return (
    <section>
      <h3>{underWay ? "How it is being written" : "How the driver gets here from what it is compared with"}</h3>
      <p>
        <code>arm_smmu_write_entry</code>: {modeText(update)}
      </p>
      {illFormed.length > 0 && (
        <p className="bad">
          <Glyph name="warn" /> The new entry has bits that it ignores, in qword {illFormed.join(", ")}: the driver
          warns.
        </p>
      )}
      {steps.length > 0 && (
        <table className="stores">
          <caption className="unseen">Stores and syncs in order</caption>
          <thead>
            <tr>
              <th scope="col">store or sync</th>
              <th scope="col">the SMMU reads it</th>
            </tr>
          </thead>
          <tbody>
            {steps.map((step, i) => (
              // a plan is made anew as a whole, so a place in it is a good key
              <Step key={i} step={step} command={command} />
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

function Step({ step, command }: { step: UpdateStep; command: string }) {
  const { store, like, made } = step;
  return (
    <tr className={made === false ? "un" : undefined}>
      <th scope="row">
        {made !== undefined && <Glyph name={made ? "ok" : "ring"} label={made ? "made" : "to come"} />}{" "}
        {store ? (
          <>
            store <code>qword {store.qword}</code> <code className="value">{store.value}</code>
          </>
        ) : (
          <code className="hardware">{command}</code>
        )}
      </th>
      <td className={like === "neither" ? "bad" : undefined}>{likeText[like]}</td>
    </tr>
  );
}

/** What requests of the device meet at this step, through this entry and whatever else they pass. */
function Requests({ subject, snapshot }: { subject: Subject; snapshot: Snapshot }) {
  const device = snapshot.devices.find(({ id }) => id === subject.ref.device);
  const rows = device?.rows.filter((row) => subject.kind === "ste" || row.cd === ssidOf(subject.ref)) ?? [];
  if (rows.length === 0) return null;
  return (
    <section>
      <h3>What a request meets at this step</h3>
      <ul>
        {rows.map((row) => {
          const layer = row.hardware === undefined ? "tables" : "hardware";
          const event = eventOf(row, layer);
          return (
            <li key={row.id} className="pair">
              <span>DMA, {row.label}</span>
              {event ? (
                <span className="bad">
                  <Glyph name="no" /> {event}
                </span>
              ) : (
                <span>
                  <Words text={(row[layer] ?? row.tables).text} />
                </span>
              )}
            </li>
          );
        })}
      </ul>
    </section>
  );
}

function Pins({ pins }: { pins: readonly Pin[] }) {
  const act = useActions();
  return (
    <section>
      <h3>Pinned</h3>
      <ul>
        {pins.map((pin) => (
          <li key={pin.title} className="pair">
            <span>{pin.title}</span>
            <button type="button" aria-label={`unpin ${pin.title}`} onClick={() => act.unpin(pin)}>
              <Glyph name="no" />
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Marks() {
  return (
    <section>
      <h3>Marks</h3>
      <ul className="marks">
        <li>
          <svg className="bits" width="34" height="19" aria-hidden="true">
            <rect className="cell used" x="0.5" y="0.5" width="33" height="18" />
          </svg>
          used by the SMMU, given the rest
        </li>
        <li>
          <svg className="bits" width="34" height="19" aria-hidden="true">
            <rect className="cell ignored" x="0.5" y="0.5" width="33" height="18" />
            <rect x="1" y="1" width="32" height="17" fill="url(#ignored)" />
          </svg>
          named, and ignored
        </li>
        <li>
          <svg className="bits" width="34" height="19" aria-hidden="true">
            <path className="use-used" d="M1 6H33" />
            <path className="use-safe" d="M1 13H33" />
          </svg>
          bits that count; below, bits that may differ for a moment
        </li>
        <li>
          <svg className="bits" width="34" height="19" aria-hidden="true">
            <path className="changed" d="M14 12h6l-3-4Z" />
          </svg>
          differs from what it is compared with
        </li>
      </ul>
    </section>
  );
}
