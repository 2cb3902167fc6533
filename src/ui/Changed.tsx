import { Glyph } from "./Glyph.tsx";

/** A value, and when a step changed it, the triangle, the old one struck and the new one bold. */
export function Changed({ value, was }: { value: string; was?: string | undefined }) {
  if (was === undefined) return <>{value}</>;
  return (
    <span className="changed">
      <Glyph name="delta" label="changed" /> {was !== "" && <s>{was}</s>} <b>{value}</b>
    </span>
  );
}
