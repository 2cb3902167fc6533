import { Words } from "../../ui/Words.tsx";
import type { Snapshot } from "../../worker/protocol.ts";

/** What the run rests on: who calls, what is assumed, what is left out, and where the design comes from. */
export default function About({ snapshot }: { snapshot: Snapshot }) {
  const { scenario, design, callers, assumptions, notModelled, silences, threads } = snapshot;
  const notes = threads.map(({ name, caller, callerNote }) => `${name} calls as \`${caller}\`. ${callerNote}`);
  return (
    <div className="about">
      <div>
        <Part title="Callers of this run" lines={callers.length > 0 ? callers : notes} empty="No thread has begun." />
        <Part title="Assumptions" lines={assumptions} empty="None stated." />
        <Part title="Not modelled" lines={notModelled} empty="Nothing stated." />
      </div>
      <div>
        <Part title={`Scenario ${scenario.title}`} lines={[scenario.about]} empty="" />
        <Part title={`Design ${design.title}`} lines={[design.about]} empty="" />
        {design.options.map(({ id, title, about, value, values }) => (
          <Part
            key={id}
            title={`Option ${title}, now ${value}`}
            lines={[`${about}:`, ...values.map((choice) => `${choice.title}: ${choice.about}`)]}
            empty=""
          />
        ))}
        <Part title="Source" lines={[design.source]} empty="" />
        <Part title="Driver" lines={[design.driver]} empty="" />
        {silences.length > 0 && (
          <Part
            title={`What ${design.title} does in this world, of which its source says nothing`}
            lines={silences}
            empty=""
          />
        )}
        <Part title="Open points" lines={design.open} empty="None." />
      </div>
    </div>
  );
}

function Part({ title, lines, empty }: { title: string; lines: readonly string[]; empty: string }) {
  const said = lines.filter(Boolean);
  return (
    <section>
      <h3>{title}</h3>
      {said.length === 0 ? (
        <p className="quiet">{empty}</p>
      ) : (
        <ul>
          {said.map((line) => (
            <li key={line}>
              <Words text={line} />
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
