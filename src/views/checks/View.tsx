import { Fragment, useEffect } from "react";
import type { MouseEvent } from "react";
import { Words } from "../../ui/Words.tsx";
import type { CheckRunView, CheckView } from "../../worker/protocol.ts";
import { useActions, useSelect } from "../context.ts";
import "./checks.css";

/** The checks that the patch moves: where each stood, what is left there, and a run of both kernels that meets it. */
export default function Checks() {
  const act = useActions();
  const checks = useSelect((state) => state.checks);
  useEffect(() => act.playChecks(), [act]);
  if (checks === null) return <p className="quiet">Playing two runs for each check.</p>;
  const [first] = checks;
  if (first === undefined) return null;
  const { before, after } = first.runs;
  return (
    <div className="checks">
      <p>
        What each check answers in two kernels, found by playing a run of it now: in {before.design.title} the driver's
        attach answers, in {after.design.title} its <code>test_dev</code>, before anything is touched. A run opens where
        the answer is there.
      </p>
      <table>
        <thead>
          <tr>
            <th scope="col">#</th>
            <th scope="col">check</th>
            <th scope="col">{before.design.title}: run, decided by</th>
            <th scope="col">stands before in</th>
            <th scope="col">{after.design.title}: run, decided by</th>
            <th scope="col">left in the attach</th>
          </tr>
        </thead>
        <tbody>
          {checks.map((check, i) => (
            <Row key={check.scenario} check={check} number={i + 1} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({ check, number }: { check: CheckView; number: number }) {
  const { about, before, after, note, runs } = check;
  return (
    <Fragment>
      <tr className={note === undefined ? "" : "noted"}>
        <td className="quiet">{number}</td>
        <th scope="row">
          <Words text={about} />
        </th>
        <Run run={runs.before} about={about} />
        <td data-label="stands before in">
          <Words text={before} />
        </td>
        <Run run={runs.after} about={about} />
        <td data-label="left in the attach">
          <Words text={after} />
        </td>
      </tr>
      {note !== undefined && (
        <tr className="note">
          <td />
          <td colSpan={5}>
            <Words text={note} />
          </td>
        </tr>
      )}
    </Fragment>
  );
}

/** What a run answered and who decided; the answer is the link to it. */
function Run({ run, about }: { run: CheckRunView; about: string }) {
  const act = useActions();
  const { design, errno, decided, link } = run;
  const open = (event: MouseEvent) => {
    // with a key held it is the browser's: another tab, another window
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    act.open(link);
  };
  return (
    <td className="run" data-label={`${design.title}:`}>
      <a
        href={address(link)}
        className="m"
        aria-label={`${errno} in ${design.title}: ${about.replaceAll("`", "")}`}
        onClick={open}
      >
        {errno}
      </a>{" "}
      <Words text={`\`${decided}\``} />
    </td>
  );
}

/** Where this page stands, with another fragment: a link of the table can be copied as it is. */
const address = (fragment: string) => location.href.replace(/#.*$/, "") + fragment;
