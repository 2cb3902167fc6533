import { useEffect, useMemo, useState } from "react";
import { sameRef, sameRequest, subjectsOf } from "../../session/entry.ts";
import type { Pin, Subject } from "../../session/entry.ts";
import { isEntryRef } from "../../session/look.ts";
import { Pick } from "../../ui/Pick.tsx";
import { Sideways } from "../../ui/Sideways.tsx";
import { Words } from "../../ui/Words.tsx";
import type { InspectRequest, InspectView, Snapshot } from "../../worker/protocol.ts";
import { useActions, useSelect } from "../context.ts";
import { FieldTables } from "./FieldTables.tsx";
import { Ruler } from "./Ruler.tsx";
import { Side } from "./Side.tsx";
import { Paste } from "./Paste.tsx";
import { copyText, kindNames } from "./words.ts";
import "./inspect.css";

/** What to compare with: the step before, the entry selected in the model, a pin by its title, or nothing. */
type Compare = "before" | "selected" | "nothing" | `pin ${string}`;

/** Qwords bit by bit: an entry of the model as it is at this step, or what was pasted. */
export default function Inspect({ snapshot }: { snapshot: Snapshot }) {
  const act = useActions();
  const selected = useSelect((state) => state.look.selected);
  const pasted = useSelect((state) => state.pasted);
  const pins = useSelect((state) => state.pins);
  const inspected = useSelect((state) => state.inspected);
  const [chosen, setChosen] = useState<Compare | null>(null);
  const subjects = useMemo(() => subjectsOf(snapshot), [snapshot]);
  const subject =
    (isEntryRef(selected) && subjects.find(({ ref }) => sameRef(ref, selected))) ||
    lastWritten(subjects, snapshot.position);
  // what is pasted is compared with what the reader selected, not with whatever comes first
  const compare = chosen ?? (pasted === null ? "before" : isEntryRef(selected) ? "selected" : "nothing");
  const request = useMemo(() => requestOf(pasted, subject, compare, pins), [pasted, subject, compare, pins]);
  useEffect(() => {
    if (request !== null) act.inspect(request);
  }, [act, request]);
  // An answer to an earlier question stays until the next one is there: nothing flickers while a run is played.
  if (inspected === null || request === null) return <Nothing subjects={subjects} />;
  const { view } = inspected;
  const compares = comparesFor(view, pasted !== null, subject, pins);
  return (
    <div className="inspect" aria-busy={!sameRequest(inspected.of, request)}>
      <div className="do">
        <Head view={view} pasted={pasted !== null} subject={subject} snapshot={snapshot} />
        <span className="controls">
          {subject !== undefined && (
            <Pick
              label="inspect"
              value={pasted === null ? subjects.indexOf(subject).toString() : "pasted"}
              choices={[
                ...(pasted === null ? [] : [{ id: "pasted", title: "what was pasted" }]),
                ...subjects.map(({ title, owner }, i) => ({ id: String(i), title, topic: owner })),
              ]}
              onPick={(id) => {
                if (id !== "pasted") act.inspectEntry(subjects[Number(id)].ref);
              }}
            />
          )}
          <Pick
            label="compare with"
            value={compares.some(({ id }) => id === compare) ? compare : "nothing"}
            choices={compares}
            onPick={(id) => setChosen(id as Compare)}
          />
          <Buttons view={view} pasted={pasted !== null} subject={subject} snapshot={snapshot} />
        </span>
      </div>
      <div className="body">
        <Main view={view} />
        <Side view={view} subject={pasted === null ? subject : undefined} snapshot={snapshot} pins={pins} />
      </div>
      <Paste />
    </div>
  );
}

/** What to ask the model, null where there is nothing to inspect. */
function requestOf(
  pasted: { readonly text: string; readonly as: InspectRequest["as"] } | null,
  subject: Subject | undefined,
  compare: Compare,
  pins: readonly Pin[],
): InspectRequest | null {
  const pin = pins.find(({ title }) => compare === `pin ${title}`);
  const selected = subject && { kind: subject.kind, qwords: subject.entry.qwords };
  if (pasted !== null) {
    const against = pin ?? (compare === "selected" ? selected : undefined);
    return { ...pasted, against: against ? { kind: against.kind, qwords: against.qwords } : null, update: null };
  }
  if (subject === undefined) return null;
  const { entry, kind } = subject;
  const before = compare === "before" ? { kind, qwords: entry.was ?? entry.qwords } : undefined;
  const against = pin ?? before;
  return {
    text: entry.qwords.join(" "),
    as: kind,
    against: against ? { kind: against.kind, qwords: against.qwords } : null,
    update: (compare === "before" && entry.update) || null,
  };
}

function comparesFor(view: InspectView, pasted: boolean, subject: Subject | undefined, pins: readonly Pin[]) {
  const own = pasted
    ? subject && subject.kind === view.kind
      ? [{ id: "selected", title: `${subject.title} at this step` }]
      : []
    : [{ id: "before", title: "the step before" }];
  return [
    ...own,
    ...pins.filter(({ kind }) => kind === view.kind).map(({ title }) => ({ id: `pin ${title}`, title })),
    { id: "nothing", title: "nothing" },
  ];
}

/** Where nothing is selected: what was written last, else the first. */
const lastWritten = (subjects: readonly Subject[], position: number): Subject | undefined =>
  subjects
    .filter(({ kind }) => kind === "ste" || kind === "cd")
    .reduce<Subject | undefined>(
      (best, other) => (best && lastWrite(best, position) >= lastWrite(other, position) ? best : other),
      undefined,
    );

/** Which step wrote an entry last, 0 for none of this run. */
const lastWrite = (subject: Subject, position: number) => subject.writes.findLast((step) => step <= position) ?? 0;

function Head(props: { view: InspectView; pasted: boolean; subject: Subject | undefined; snapshot: Snapshot }) {
  const { view, pasted, subject, snapshot } = props;
  const act = useActions();
  if (pasted) {
    const other = view.kind === "ste" ? "cd" : "ste";
    return (
      <p className="who" role="status">
        <b>Pasted, read as {kindNames[view.kind]}</b>
        <span className="quiet">
          {view.guess && `, by a guess: ${view.guess.why}`}
          {view.title !== "" && `: ${view.title}`}
          {view.more > 0 && `; ${view.more} more in the text ${view.more === 1 ? "is" : "are"} left out`}
        </span>{" "}
        {view.qwords.length === 8 && (
          <button type="button" className="framed" onClick={() => act.readPastedAs(other)}>
            Read it as {kindNames[other]} <kbd>x</kbd>
          </button>
        )}
      </p>
    );
  }
  if (subject === undefined) return null;
  return (
    <p className="who">
      <b>
        {isEntry(subject) ? (
          <>
            {subject.title.split(" ")[0]} <code>{subject.title.split(" ").slice(1).join(" ")}</code>
          </>
        ) : (
          subject.title
        )}
      </b>{" "}
      <span className="quiet">
        {subject.owner}, step {snapshot.position}; <span id="written">{writtenText(subject, snapshot)}</span>;{" "}
        <span id="next-change">{nextText(subject, snapshot)}</span>
      </span>
    </p>
  );
}

/** Which step wrote what is shown, and where none did, why; it is also the reason for which nobody can be asked. */
function writtenText(subject: Subject, { position, timeline }: Snapshot): string {
  const by = lastWrite(subject, position);
  if (by === 0) return isEntry(subject) ? "not written in this run" : "a queue does not say which step wrote it";
  const cpu = `CPU${(timeline.steps[by - 1]?.thread ?? 1) - 1}`;
  if (!isEntry(subject)) return `by ${cpu}`;
  return `last written by ${cpu} at step ${by}`;
}

/** Which step of the recorded run changes it next, or why there is none. */
function nextText(subject: Subject, { position, total }: Snapshot): string {
  if (subject.next !== undefined) return `changed next at step ${subject.next}`;
  if (!isEntry(subject)) return "written once";
  return position === total ? "the run ends here" : "no later step of this run changes it";
}

const isEntry = ({ kind }: Subject) => kind === "ste" || kind === "cd";

function Buttons(props: { view: InspectView; pasted: boolean; subject: Subject | undefined; snapshot: Snapshot }) {
  const { view, pasted, subject, snapshot } = props;
  const act = useActions();
  const by = subject ? lastWrite(subject, snapshot.position) : 0;
  const next = subject?.next;
  const title = pasted ? "pasted" : `${subject?.title ?? ""} at step ${snapshot.position}`;
  const copy = () => {
    const text = copyText(view);
    if (!("clipboard" in navigator)) {
      act.notify("The browser leaves it to you to copy: without a secure context there is no clipboard.");
      return;
    }
    navigator.clipboard.writeText(text).then(
      () => act.notify(`${view.qwords.length} qwords copied.`),
      () => act.notify("The browser refused to copy."),
    );
  };
  return (
    <>
      <button type="button" className="framed" onClick={() => act.pin({ title, kind: view.kind, qwords: view.qwords })}>
        Pin
      </button>
      <button type="button" className="framed" onClick={copy}>
        Copy qwords
      </button>
      {pasted ? (
        subject && (
          <button type="button" className="framed" onClick={() => act.leavePasted()}>
            Back to {subject.title}
          </button>
        )
      ) : (
        <>
          <button
            type="button"
            className="framed"
            aria-disabled={by === 0 || by === snapshot.position}
            aria-describedby="written"
            onClick={() => by > 0 && act.seek(by)}
          >
            Who wrote this?
          </button>
          <button
            type="button"
            className="framed"
            aria-disabled={next === undefined}
            aria-describedby="next-change"
            onClick={() => next !== undefined && act.seek(next)}
          >
            Next change
          </button>
        </>
      )}
    </>
  );
}

function Main({ view }: { view: InspectView }) {
  const [uses, setUses] = useState(false);
  const [hot, setHot] = useState("");
  return (
    <div className="main">
      <p className="lead1" role="status">
        <Words text={view.sentence} />
      </p>
      <Sideways label="The ruler">
        <Ruler view={view} uses={uses} hot={hot} onHot={setHot} />
      </Sideways>
      <label className="choice">
        <input type="checkbox" checked={uses} onChange={(event) => setUses(event.target.checked)} /> used, safe and
        ignored bits
      </label>
      <FieldTables view={view} uses={uses} hot={hot} onHot={setHot} />
    </div>
  );
}

/** Nothing to inspect yet: what can be. */
function Nothing({ subjects }: { subjects: readonly Subject[] }) {
  return (
    <div className="inspect">
      <p className="quiet">
        {subjects.length === 0 ? "This world holds no entry that can be shown bit by bit." : "Asking the model."}
      </p>
      <Paste />
    </div>
  );
}
