/** The small marks of the page. Drawn, so that they look the same with any font. */
const paths = {
  ok: "M1.5 6 4.3 8.7 9.5 2.5",
  no: "M2 2 9 9M9 2 2 9",
  none: "M2.5 5.5h6",
  warn: "M5.5 1 10.3 9.8H.7ZM5.5 4.4v2.3M5.5 8.4v.01",
  lock: "M2 5h7v5H2ZM3.5 5V3.2a2 2 0 0 1 4 0V5",
  next: "M3 1.5 8.5 5.5 3 9.5Z",
  prev: "M8 1.5 2.5 5.5 8 9.5Z",
  first: "M9 1.5 4 5.5 9 9.5ZM2 1.5v8",
  last: "M2 1.5 7 5.5 2 9.5ZM9 1.5v8",
  play: "M1.5 1.5 5.5 5.5 1.5 9.5ZM6 1.5 10 5.5 6 9.5Z",
  pause: "M3.5 1.5v8M7.5 1.5v8",
  skip: "M1.5 2.5c0 4 3 6 7.5 6M6.8 6.2 9.2 8.5 6.8 10.6",
  delta: "M5.5 1.8 9.8 9.2H1.2Z",
  /** A ring that is not closed yet. */
  later:
    "M4.2 1.9a3.8 3.8 0 0 1 2.6 0M8.6 3.3a3.8 3.8 0 0 1 .7 2.6M8.4 8a3.8 3.8 0 0 1-2.3 1.3M3.9 8.9a3.8 3.8 0 0 1-2-2.2M1.8 4.6a3.8 3.8 0 0 1 .8-1.5",
  ring: "M5.5 1.7a3.8 3.8 0 1 0 0 7.6a3.8 3.8 0 1 0 0-7.6",
  cut: "M8.41 3.06A3.8 3.8 0 1 0 8.41 7.94",
} as const;

export type GlyphName = keyof typeof paths;

/** One mark. With a label it is read aloud, without one it only repeats the words beside it. */
export function Glyph({ name, label, className }: { name: GlyphName; label?: string; className?: string }) {
  const classes = ["g", name === "delta" ? "filled" : "", className ?? ""].filter(Boolean).join(" ");
  return (
    <svg
      className={classes}
      viewBox="0 0 11 11"
      role={label ? "img" : undefined}
      aria-label={label}
      aria-hidden={label ? undefined : true}
    >
      <path d={paths[name]} />
    </svg>
  );
}

export type Layer = "core" | "driver" | "tables" | "hardware";

/** The line of a layer, as long as a word, so that hue and line are always shown together. */
export function LayerLine({ layer }: { layer: Layer }) {
  return (
    <svg className={`ln ${layer}`} viewBox="0 0 22 8" aria-hidden="true">
      <path d="M1 4H21" />
    </svg>
  );
}
