import { useEffect, useRef, useState } from "react";
import type { KeyboardEvent } from "react";
import { compactReply } from "../../session/session.ts";
import { focus } from "../../ui/focus.ts";
import { Glyph } from "../../ui/Glyph.tsx";
import type { Snapshot } from "../../worker/protocol.ts";
import { useActions, useSelect } from "../context.ts";
import { Choices } from "./Choices.tsx";
import { marked, ruler } from "./sheet.ts";
import "./reply.css";

/** The run as plain text for a mail: what it shows on the left, the text with its 72 columns, and what quoting does to it. */
export default function Reply({ snapshot }: { snapshot: Snapshot }) {
  const act = useActions();
  const answer = useSelect((state) => state.reply);
  const pending = useSelect((state) => state.pending);
  const [options, setOptions] = useState(compactReply);
  const [withLink, setWithLink] = useState(true);
  const sheet = useRef<HTMLPreElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => act.writeReply(options), [act, snapshot, options]);
  // Enter copies as soon as the sheet is open.
  useEffect(() => {
    if (button.current) focus(button.current);
  }, []);
  // An answer from before the last step is no longer this run's.
  const reply = answer?.link === `#${snapshot.link.head}${snapshot.link.tail}` ? answer : null;
  const ready = reply !== null && pending === 0;
  const lines = !reply ? [] : withLink ? [...reply.lines, address(reply.link)] : trimmed(reply.lines);
  const copy = () => {
    if (!ready) return;
    const byHand = () => {
      if (sheet.current) getSelection()?.selectAllChildren(sheet.current);
      act.notify("The text is selected: the browser leaves it to you to copy it.");
    };
    // Without a secure context there is no clipboard at all.
    if (!("clipboard" in navigator)) byHand();
    else {
      navigator.clipboard
        .writeText(lines.join("\n"))
        .then(() => act.notify(`Reply copied, ${lines.length} lines.`), byHand);
    }
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Enter" || event.defaultPrevented || event.target instanceof HTMLButtonElement) return;
    event.preventDefault();
    copy();
  };
  return (
    <div className="reply" onKeyDown={onKeyDown}>
      <div className="do">
        {reply && (
          <span className="quiet">
            <Glyph name="ok" /> widest line {reply.widest} of 72 columns, {lines.length} lines of plain ASCII
          </span>
        )}
        <button type="button" className="framed" ref={button} aria-disabled={!ready} onClick={copy}>
          Copy <kbd>Enter</kbd>
        </button>
      </div>
      <Choices
        options={options}
        reply={reply}
        position={snapshot.position}
        withLink={withLink}
        onOptions={setOptions}
        onLink={setWithLink}
      />
      <div className="paper" tabIndex={0} role="region" aria-label="the reply">
        <pre className="ruler" aria-hidden="true">
          {ruler}
        </pre>
        <div className="numbered">
          <pre className="gutter" aria-hidden="true">
            {lines.map((_line, i) => i + 1).join("\n")}
          </pre>
          <pre className="text" ref={sheet}>
            {marked(lines.join("\n")).map(({ text, bad }, i) =>
              bad ? (
                // The text is drawn anew as a whole, so a place in it is a good key.
                <b key={i} className="bad">
                  {text}
                </b>
              ) : (
                text
              ),
            )}
          </pre>
        </div>
      </div>
      <div className="after">
        <h3>Quoted by the next mail</h3>
        <p>
          It still reads in order with <code>&gt; </code> in front, and can still be pasted back.
        </p>
        <pre>
          {lines
            .slice(firstRow(lines), firstRow(lines) + 6)
            .map((line) => `> ${line}`.trimEnd())
            .join("\n")}
        </pre>
        <h3>Paste back</h3>
        <p>
          Paste any such text anywhere on the page, quoted or wrapped: the link in its last line opens the run at this
          step. Without that line there is nothing to open.
        </p>
        <h3>In the terminal</h3>
        <p>
          <code>npm run -s smmu -- replay LINK --reply</code> prints the same text, <code>--text</code> every step with
          the final state.
        </p>
      </div>
    </div>
  );
}

/** Where this page stands, with another fragment. */
const address = (fragment: string) => location.href.replace(/#.*$/, "") + fragment;

/** Without the blank line that stands before the link. */
const trimmed = (lines: readonly string[]) => lines.slice(0, lines.at(-1) === "" ? -1 : undefined);

/** The first line of the table: what quoting does is seen there. */
const firstRow = (lines: readonly string[]) =>
  Math.max(
    0,
    lines.findIndex((line) => line.includes(" | ")),
  );
