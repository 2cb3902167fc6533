import { memo } from "react";
import type { InspectView } from "../../worker/protocol.ts";
import { useMedia } from "../../ui/useMedia.ts";
import { bitWidths, cellHeight, gutter, layoutRuler, type Strip } from "./ruler.ts";

/** Eight, four or two qwords as strips of bits. The tables beside it say the same in words: it is hidden from who listens. */
export const Ruler = memo(function Ruler(props: {
  view: InspectView;
  uses: boolean;
  /** The field that is pointed at, in the ruler or in a table. */
  hot: string;
  onHot: (field: string) => void;
}) {
  const { view, uses, hot, onHot } = props;
  const bitWidth = useMedia("(max-width: 1100px)") ? bitWidths.narrow : bitWidths.wide;
  const { width, height, strips } = layoutRuler(view, uses, bitWidth);
  return (
    <svg className="bits" viewBox={`0 0 ${width} ${height}`} width={width} height={height} aria-hidden="true">
      <defs>
        <pattern id="ignored" width="4" height="4" patternUnits="userSpaceOnUse" patternTransform="rotate(-45)">
          <path className="ignored-line" d="M0 0V4" />
        </pattern>
      </defs>
      {[63, 56, 48, 40, 32, 24, 16, 8, 0].map((bit) => (
        <text key={bit} className="scale" x={gutter + (63 - bit) * bitWidth + bitWidth / 2} y={12} textAnchor="middle">
          {bit}
        </text>
      ))}
      {strips.map((strip) => (
        <StripView key={strip.qword} strip={strip} bitWidth={bitWidth} hot={hot} onHot={onHot} />
      ))}
    </svg>
  );
});

function StripView(props: { strip: Strip; bitWidth: number; hot: string; onHot: (field: string) => void }) {
  const { strip, bitWidth, hot, onHot } = props;
  const { qword, word, y, h, bare, note, cells, labels, spans, bits, uses } = strip;
  const usedOf = (name: string) => cells.find(({ field }) => field.name === name)?.field.used ?? true;
  return (
    <>
      <text className="name" x={0} y={y + (bare ? 10.5 : 13.5)}>
        qword {qword}
      </text>
      <text
        className="word"
        x={bare ? gutter - 10 : 0}
        y={y + (bare ? 10.5 : 29.5)}
        textAnchor={bare ? "end" : undefined}
      >
        {bare ? "0x0" : word}
      </text>
      <rect className="frame" x={gutter} y={y + 0.5} width={64 * bitWidth} height={h} />
      {note !== "" && (
        <text className="scale" x={gutter + 8} y={y + 10.5}>
          {note}
        </text>
      )}
      {cells.map(({ field, x, w }) => (
        <g key={field.name} onMouseEnter={() => onHot(field.name)} onMouseLeave={() => onHot("")}>
          <rect
            className={`cell ${field.used ? "used" : "ignored"} ${hot === field.name ? "hot" : ""}`}
            x={x}
            y={y + 0.5}
            width={w}
            height={cellHeight}
          />
          {!field.used && <rect x={x} y={y + 1} width={w} height={cellHeight - 1} fill="url(#ignored)" />}
        </g>
      ))}
      {uses.map(({ use, x, w }) => (
        <path
          key={`${use} ${x}`}
          className={`use-${use}`}
          d={`M${x + 1} ${y + (bare ? 1.5 : use === "used" ? 2.5 : 17)}H${x + w - 1}`}
        />
      ))}
      {bits.map(({ x, set, changed, named }) => (
        <g key={x}>
          <text className={`bit ${set ? "one" : ""} ${named ? "" : "unnamed"}`} x={x} y={y + 14} textAnchor="middle">
            {set ? 1 : 0}
          </text>
          {changed && <path className="changed" d={`M${x - 3} ${y + 22.5}h6l-3-4Z`} />}
        </g>
      ))}
      {labels.map(({ field, x, y: base, leadX, from, to }) => (
        <g key={field} className={`${usedOf(field) ? "used" : "ignored"} ${hot === field ? "hot" : ""}`}>
          <path className="lead" d={`M${leadX} ${from}V${to}`} />
          <text className="label" x={x} y={base}>
            {field}
          </text>
        </g>
      ))}
      {spans.map(({ field, x1, x2, y: at }) => (
        <g key={field} className={`used ${hot === field ? "hot" : ""}`}>
          <path className="span" d={`M${x1} ${at + 3}V${at}H${x2}V${at + 3}`} />
          <text className="label" x={(x1 + x2) / 2} y={at - 2} textAnchor="middle">
            {field}
          </text>
        </g>
      ))}
    </>
  );
}
