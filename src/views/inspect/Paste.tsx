import { useState } from "react";
import type { FormEvent } from "react";
import { useActions } from "../context.ts";

/** For those who type, or whose browser keeps the clipboard to itself: anywhere else on the page pasting does the same. */
export function Paste() {
  const act = useActions();
  const [text, setText] = useState("");
  const send = (event: FormEvent) => {
    event.preventDefault();
    if (text.trim() !== "") act.inspectText(text);
  };
  return (
    <form className="paste" onSubmit={send}>
      <label>
        <span>Paste qwords here, or anywhere on the page: 8 of an STE or a CD, 2 of a command, 4 of an event</span>
        <textarea
          className="m"
          rows={3}
          spellCheck={false}
          value={text}
          placeholder="0x000000000000000d 0x0000100010000000 ..., %016llx groups, or the text of debugfs"
          onChange={(event) => setText(event.target.value)}
        />
      </label>
      <button type="submit" className="framed" aria-disabled={text.trim() === ""}>
        Decode
      </button>
    </form>
  );
}
