import { Fragment, memo } from "react";
import type { EntryRef } from "../../session/look.ts";
import { diverges, isApart, severalSmmus, smmuOfDomain, standing } from "../../session/select.ts";
import { Changed } from "../../ui/Changed.tsx";
import { Glyph, LayerLine } from "../../ui/Glyph.tsx";
import { lazyPanel } from "../../ui/lazyPanel.tsx";
import { useShared } from "../../ui/share.ts";
import { Sideways } from "../../ui/Sideways.tsx";
import { Words } from "../../ui/Words.tsx";
import type { Belief, EntryView, Field, Snapshot } from "../../worker/protocol.ts";
import { useActions, useSelect } from "../context.ts";
import { columnsOf, writesText } from "./arrange.ts";
import "./tables.css";

/** Few worlds have one. */
const Queue = lazyPanel(() => import("../queue/View.tsx"), { ahead: false });

/** Parts of a snapshot that did not change are the same objects (worker/wire.ts). */
const sameParts = (before: { snapshot: Snapshot }, after: { snapshot: Snapshot }) =>
  (["groups", "devices", "domains", "queues"] as const).every((part) => before.snapshot[part] === after.snapshot[part]);

/** The graph in text: who is attached to what by each layer, then the entries in memory, field by field. */
export const Tables = memo(function Tables({ snapshot }: { snapshot: Snapshot }) {
  const { devices } = snapshot;
  const several = severalSmmus(snapshot);
  /** The SMMU as one more field, where there are several. */
  const withSmmu = (smmu: string, fields: readonly Field[]): readonly Field[] =>
    several ? [{ name: "smmu", value: smmu === "" ? "any" : smmu }, ...fields] : fields;
  return (
    <section className="mem" aria-label="tables" data-pane="tables" tabIndex={0}>
      <Attachments snapshot={snapshot} />
      <div className="entries">
        <Entries
          title="Stream table"
          note=""
          first="sid"
          rows={devices.flatMap(({ id, smmu, stes }) =>
            stes.map((ste, index) => ({
              ...ste,
              fields: withSmmu(smmu, ste.fields),
              id: ste.sid,
              quiet: false,
              ref: { kind: "ste", device: id, index },
            })),
          )}
        />
        {devices.map(({ id, name, cdTable }) => (
          <Entries
            key={id}
            title={devices.length > 1 ? `CD table of ${name}` : "CD table"}
            note={cdTable.allocated ? (cdTable.referenced ? "" : "not referenced") : "not allocated"}
            first="ssid"
            rows={cdTable.entries.map((cd) => ({
              ...cd,
              id: String(cd.ssid),
              quiet: !cdTable.referenced,
              ref: { kind: "cd", device: id, index: cd.ssid },
            }))}
          />
        ))}
        {snapshot.queues.map((queue) => (
          <Queue key={queue.id} queue={queue} />
        ))}
        <Objects title="Groups" objects={snapshot.groups.map(({ name, fields }) => ({ name, fields }))} />
        <Objects
          title="Devices"
          objects={devices.map(({ name, smmu, pci, gdev, master }) => ({
            name,
            fields: withSmmu(smmu, [...pci, ...gdev, ...master]),
          }))}
        />
        <Objects
          title="Domains"
          objects={snapshot.domains
            .filter(({ fields }) => fields.length > 0)
            .map(({ id, smmu, fields }) => ({ name: id, fields: withSmmu(smmu, fields) }))}
        />
      </div>
    </section>
  );
}, sameParts);

function Attachments({ snapshot }: { snapshot: Snapshot }) {
  const act = useActions();
  const selected = useSelect((state) => state.look.selected);
  const named = snapshot.devices.length > 1;
  const several = severalSmmus(snapshot);
  return (
    <div className="attachments">
      <table>
        <caption>Attachments</caption>
        <thead>
          <tr>
            <th scope="col">stream</th>
            <th scope="col" className="core">
              <LayerLine layer="core" /> core
            </th>
            <th scope="col" className="driver">
              <LayerLine layer="driver" /> driver
            </th>
            <th scope="col" className="tables">
              <LayerLine layer="tables" /> tables
            </th>
            <th scope="col">verdict</th>
          </tr>
        </thead>
        <tbody>
          {snapshot.devices.flatMap((device) =>
            device.rows.map((row) => {
              const isSelected =
                selected?.kind === "row" && selected.device === row.device && selected.pasid === row.pasid;
              return (
                <Fragment key={row.id}>
                  <tr className={[diverges(row) ? "dv" : "", isSelected ? "sel-row" : ""].join(" ")}>
                    <th scope="row">
                      <button
                        type="button"
                        aria-pressed={isSelected}
                        onClick={() => act.select({ kind: "row", device: row.device, pasid: row.pasid })}
                      >
                        {named && <code>{device.name}</code>} {row.label}
                      </button>
                      {several && <span className="where"> {device.smmu}</span>}
                    </th>
                    {(["core", "driver", "tables"] as const).map((layer) => (
                      <BeliefCell
                        key={layer}
                        layer={layer}
                        belief={row[layer]}
                        apart={layer !== "core" && isApart(row, layer)}
                        smmu={smmuOfDomain(snapshot, row[layer].domain)}
                        event={layer === "tables" ? row.stop?.event : undefined}
                      />
                    ))}
                    <td className="verdict">
                      <VerdictOf stands={standing(snapshot, row)} />
                    </td>
                  </tr>
                  {diverges(row) && (
                    <tr className="dv-why">
                      <td colSpan={5} className="bad">
                        <Words text={row.sentence ?? ""} />
                      </td>
                    </tr>
                  )}
                </Fragment>
              );
            }),
          )}
        </tbody>
      </table>
    </div>
  );
}

/** What one layer says: the domain, then where that stands, and for a path that ends, what the SMMU records. */
function BeliefCell(props: {
  layer: "core" | "driver" | "tables";
  belief: Belief;
  apart: boolean;
  smmu: string;
  event: string | undefined;
}) {
  const { layer, belief, apart, smmu, event } = props;
  return (
    <td className={apart ? "apart" : ""}>
      {/* the column's head, where rows are stacked and there are no columns */}
      <span className={`of ${layer}`}>
        <LayerLine layer={layer} /> {layer}
      </span>
      {belief.changed && <Glyph name="delta" label="changed" />}{" "}
      <span className={belief.changed ? "is" : ""}>
        <Words text={belief.text} />
      </span>
      {smmu !== "" && ` of ${smmu}`}, <code className="where">{belief.where}</code>
      {event !== undefined && (
        <>
          , <Recorded event={event} />
        </>
      )}
    </td>
  );
}

/** An event by its name, or what happens instead of one in words. */
function Recorded({ event }: { event: string }) {
  return event.includes(" ") ? <span className="where">{event}</span> : <code className="where">{event}</code>;
}

/** Agreement is said too: a blank would leave open whether anybody looked. */
function VerdictOf({ stands }: { stands: ReturnType<typeof standing> }) {
  if (stands === "agree") {
    return (
      <>
        <Glyph name="ok" /> agree
      </>
    );
  }
  if (stands !== "diverge") return <span className={stands === "docked" ? "reset" : "quiet"}>{stands}</span>;
  return (
    <span className="bad">
      <Glyph name="no" /> <b>diverge</b>
    </span>
  );
}

/** A table is drawn again when one of its rows has changed. */
interface Entry {
  readonly id: string;
  readonly fields: readonly Field[];
  readonly changed: boolean;
  readonly writes: readonly number[];
  readonly quiet: boolean;
  readonly ref: EntryRef;
  readonly entry?: EntryView;
}

function Entries({ rows, ...props }: { title: string; note: string; first: string; rows: readonly Entry[] }) {
  return <EntryTable {...props} rows={useShared(rows)} />;
}

const EntryTable = memo(function EntryTable(props: Parameters<typeof Entries>[0]) {
  const act = useActions();
  const columns = columnsOf(props.rows);
  return (
    <Sideways label={props.title}>
      <table>
        <caption>
          {props.title} {props.note && <span className="quiet">{props.note}</span>}
        </caption>
        {props.rows.length > 0 && (
          <thead>
            <tr>
              <th scope="col">{props.first}</th>
              {columns.map((name) => (
                <th key={name} scope="col">
                  {name}
                </th>
              ))}
              <th scope="col">changed at steps</th>
            </tr>
          </thead>
        )}
        <tbody>
          {props.rows.map((row) => (
            <tr key={row.id} className={row.quiet ? "un" : ""}>
              <th scope="row" className="m">
                {row.changed && <Glyph name="delta" label="changed" />}{" "}
                {row.entry === undefined ? (
                  row.id
                ) : (
                  <button
                    type="button"
                    aria-label={`inspect ${props.first === "sid" ? `STE ${row.id}` : `CD[${row.id}]`}`}
                    onClick={() => act.inspectEntry(row.ref)}
                  >
                    {row.id}
                  </button>
                )}
              </th>
              {columns.map((name) => {
                const field = row.fields.find((entry) => entry.name === name);
                return (
                  <td key={name} className="m" title={field?.meaning}>
                    {field && <Changed value={field.value} was={field.was} />}
                  </td>
                );
              })}
              <td className="writes" title={row.writes.join(", ")}>
                {writesText(row.writes)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Sideways>
  );
});

/** Objects beside each other, a line for each field: they have many fields, and there are few of them. */
function Objects({ title, objects }: Columns) {
  return <ObjectTable title={title} objects={useShared(objects)} />;
}

interface Columns {
  readonly title: string;
  readonly objects: readonly { readonly name: string; readonly fields: readonly Field[] }[];
}

const ObjectTable = memo(function ObjectTable(props: Columns) {
  const objects = props.objects.filter(({ fields }) => fields.length > 0);
  return (
    <Sideways label={props.title}>
      <table className="objects">
        <caption>{props.title}</caption>
        <thead>
          <tr>
            <th scope="col">field</th>
            {objects.map(({ name }) => (
              <th key={name} scope="col" className="m">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {columnsOf(objects).map((name) => (
            <tr key={name}>
              <th scope="row" className={name.includes(" ") ? "quiet" : "m quiet"}>
                {name}
              </th>
              {objects.map((object) => {
                const field = object.fields.find((entry) => entry.name === name);
                return (
                  <td key={object.name} className="m" title={field?.meaning}>
                    {field && <Changed value={field.value} was={field.was} />}
                    {field?.by !== undefined && <span className="meta"> since {field.by}</span>}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </Sideways>
  );
});
