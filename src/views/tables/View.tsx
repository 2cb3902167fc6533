import { Fragment, memo } from "react";
import { heldCdIndex } from "../../session/entry.ts";
import type { EntryRef } from "../../session/look.ts";
import { diverges, eventOf, isApart, layersOf, severalSmmus, smmuOfDomain, standing } from "../../session/select.ts";
import { Changed } from "../../ui/Changed.tsx";
import { Glyph, LayerLine } from "../../ui/Glyph.tsx";
import { lazyPanel } from "../../ui/lazyPanel.tsx";
import { useShared } from "../../ui/share.ts";
import { Sideways } from "../../ui/Sideways.tsx";
import { Words } from "../../ui/Words.tsx";
import type { Belief, DeviceView, EntryView, Field, HeldView, Snapshot } from "../../worker/protocol.ts";
import { useActions, useSelect } from "../context.ts";
import { columnsOf, writesText } from "./arrange.ts";
import "./tables.css";

/** Few worlds have one. */
const Queue = lazyPanel(() => import("../queue/View.tsx"), { ahead: false });

const Told = lazyPanel(() => import("../queue/Told.tsx"));

/** Parts of a snapshot that did not change are the same objects (worker/wire.ts). */
const sameParts = (before: { snapshot: Snapshot }, after: { snapshot: Snapshot }) =>
  (["groups", "devices", "domains", "queues"] as const).every((part) => before.snapshot[part] === after.snapshot[part]);

/** The graph in text: who is attached to what by each layer, then the entries in memory, field by field. */
export function Tables({ snapshot }: { snapshot: Snapshot }) {
  const { timeline } = snapshot;
  return (
    <section className="mem" aria-label="tables" data-pane="tables" tabIndex={0}>
      <Parts snapshot={snapshot} />
      {/* in a first state nothing was told, and its script can wait */}
      {timeline.commands.length + timeline.events.length > 0 && <Told snapshot={snapshot} />}
    </section>
  );
}

const Parts = memo(function Parts({ snapshot }: { snapshot: Snapshot }) {
  const { devices } = snapshot;
  const several = severalSmmus(snapshot);
  /** The SMMU as one more field, where there are several. */
  const withSmmu = (smmu: string, fields: readonly Field[]): readonly Field[] =>
    several ? [{ name: "smmu", value: smmu === "" ? "any" : smmu }, ...fields] : fields;
  return (
    <>
      <Attachments snapshot={snapshot} />
      <div className="entries">
        <Entries
          title="Stream table"
          note={level1Text(devices.flatMap(({ stes }) => stes.flatMap(({ level1 }) => level1 ?? [])))}
          first="sid"
          rows={devices.flatMap(({ id, smmu, stes }) =>
            stes.flatMap((ste, index): Entry[] => [
              {
                ...ste,
                fields: withSmmu(smmu, ste.fields),
                id: ste.sid,
                quiet: false,
                ref: { kind: "ste", device: id, index },
              },
              ...(ste.held ? [copyRow(ste.held, smmu, ste.sid, { kind: "heldSte", device: id, index })] : []),
            ]),
          )}
        />
        {devices.map(({ id, name, smmu, cdTable }) => (
          <Entries
            key={id}
            title={devices.length > 1 ? `CD table of ${name}` : "CD table"}
            note={cdNote(cdTable)}
            first="ssid"
            rows={cdTable.entries.flatMap((cd): Entry[] => [
              {
                ...cd,
                id: String(cd.ssid),
                quiet: !cdTable.referenced,
                ref: { kind: "cd", device: id, index: cd.ssid },
              },
              ...(cd.held ?? []).map((held, stream) =>
                copyRow(held, smmu, `${cd.ssid} by ${held.sid}`, {
                  kind: "heldCd",
                  device: id,
                  index: heldCdIndex(stream, cd.ssid),
                }),
              ),
            ])}
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
    </>
  );
}, sameParts);

/** First levels, each descriptor once. */
const level1Text = (descriptors: readonly string[]) =>
  descriptors.length === 0 ? "" : `below ${[...new Set(descriptors)].join(", ")}`;

function cdNote({ allocated, referenced, level1 }: DeviceView["cdTable"]): string {
  if (!allocated) return "not allocated";
  const below = level1Text(level1 === undefined ? [] : [`${level1.name} ${level1.value}`]);
  return [referenced ? "" : "not referenced", below].filter(Boolean).join(", ");
}

function Attachments({ snapshot }: { snapshot: Snapshot }) {
  const act = useActions();
  const selected = useSelect((state) => state.look.selected);
  const named = snapshot.devices.length > 1;
  const several = severalSmmus(snapshot);
  const layers = layersOf(snapshot.devices.flatMap(({ rows }) => rows));
  return (
    <div className="attachments">
      <table>
        <caption>Attachments</caption>
        <thead>
          <tr>
            <th scope="col">stream</th>
            {layers.map((layer) => (
              <th key={layer} scope="col" className={layer}>
                <LayerLine layer={layer} /> {layer}
              </th>
            ))}
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
                    {layers.map((layer) => {
                      const belief = row[layer];
                      return (
                        belief && (
                          <BeliefCell
                            key={layer}
                            layer={layer}
                            belief={belief}
                            apart={layer !== "core" && isApart(row, layer)}
                            smmu={smmuOfDomain(snapshot, belief.domain)}
                            event={eventOf(row, layer)}
                          />
                        )
                      );
                    })}
                    <td className="verdict">
                      <VerdictOf stands={standing(snapshot, row)} />
                    </td>
                  </tr>
                  {diverges(row) && (
                    <tr className="dv-why">
                      <td colSpan={layers.length + 2} className="bad">
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
  layer: "core" | "driver" | "tables" | "hardware";
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
  /** A copy that an SMMU holds: whose, and where it says something else than the entry, why. */
  readonly heldBy?: string;
  readonly stale?: string;
}

/** What an SMMU holds of an entry, below it. */
const copyRow = ({ stale, entry, ...held }: HeldView, smmu: string, of: string, ref: EntryRef): Entry => ({
  id: `held ${of}`,
  heldBy: smmu,
  fields: held.fields,
  changed: held.changed,
  writes: held.writes,
  quiet: !held.held,
  ref,
  ...(entry === undefined ? {} : { entry }),
  ...(stale === undefined ? {} : { stale }),
});

function Entries({ rows, ...props }: { title: string; note: string; first: string; rows: readonly Entry[] }) {
  return <EntryTable {...props} rows={useShared(rows)} />;
}

/** An entry by its number, or by who holds a copy of it, to be inspected where its qwords are known. */
function nameOf({ id, heldBy, entry, ref }: Entry, first: string, act: ReturnType<typeof useActions>) {
  const shown =
    heldBy === undefined ? (
      id
    ) : (
      <>
        <LayerLine layer="hardware" /> {heldBy}
      </>
    );
  if (entry === undefined) return shown;
  const what = heldBy === undefined ? (first === "sid" ? `STE ${id}` : `CD[${id}]`) : `what ${heldBy} has ${id}`;
  return (
    <button type="button" aria-label={`inspect ${what}`} onClick={() => act.inspectEntry(ref)}>
      {shown}
    </button>
  );
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
            <Fragment key={row.id}>
              <tr className={row.quiet ? "un" : row.stale ? "dv apart" : ""}>
                <th scope="row" className={row.heldBy === undefined ? "m" : "hardware"}>
                  {row.changed && <Glyph name="delta" label="changed" />} {nameOf(row, props.first, act)}
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
              {row.stale && (
                <tr className="dv-why">
                  <td colSpan={columns.length + 2} className="bad">
                    <Words text={row.stale} />
                  </td>
                </tr>
              )}
            </Fragment>
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
