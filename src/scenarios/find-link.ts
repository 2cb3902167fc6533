/** Finding a link in a text, and what it names: all that must be known before the script that reads it is there. */

/** Characters of a link's last part. */
export const CHECK = 8;

/** Longest text that is looked at for a link, in characters: a reply with every step of the longest run is below it. */
export const MAX_TEXT = 2_000_000;
/** A link that names no run at all; the message is the one sentence to show. */
export class LinkError extends Error {}

export const quote = (text: string) =>
  (text.length > 40 ? `${text.slice(0, 37)}...` : text).replace(/[^\x20-\x7e]/g, "?");

/** Finds the link in what somebody pasted: an address, a fragment, wrapped and quoted by a mailer or not. */
export function extract(text: string): string {
  if (text.length > MAX_TEXT)
    throw new LinkError(`The text has ${text.length} characters; a link is looked for in at most ${MAX_TEXT}.`);
  const found =
    /#\s*(?=\d+\/)/.exec(text) ?? /(?<![A-Za-z0-9_/-])(?=\d+\/[a-z0-9_])/.exec(text) ?? /#(?=\S)/.exec(text);
  if (found === null) {
    throw new LinkError(
      `"${quote(text.trim())}" holds no link: a link has the form #1/scenario/design/run/position_look/check.`,
    );
  }
  // what a mailer adds at a line's end: a soft break, then quoting marks and indentation
  const lines = text.slice(found.index + found[0].length).replace(/=?\r?\n[\s>|]*/g, "\n");
  let link = "";
  let slashes = 0;
  let inCheck = 0;
  for (const char of lines) {
    if (char === "\n") {
      // whatever stands on the lines after a whole link is somebody's mail
      if (inCheck >= CHECK) break;
      continue;
    }
    if (!/[A-Za-z0-9_/-]/.test(char)) break;
    if (slashes === 5) inCheck++;
    if (char === "/") slashes++;
    link += char;
  }
  return link;
}

/** The id of the design in that part. */
export const designId = (part: string): string => (part.split("--")[0] ?? "").replaceAll("_", ".");

/** World and design that a link names, as words; empty where it names none. Throws a LinkError where there is no link. */
export function headOf(pasted: string): { readonly scenario: string; readonly design: string } {
  const [, scenario = "", design = ""] = extract(pasted).split("/");
  return { scenario, design: designId(design) };
}
