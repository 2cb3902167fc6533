import { memo } from "react";
import type { Picture, Shape, Text } from "./picture.ts";

/** Draws a finished picture. Positions are attributes, looks are classes. */
export const Drawing = memo(function Drawing({ picture }: { picture: Picture }) {
  return (
    <g aria-hidden="true">
      <Defs />
      {named(picture.shapes).map(([name, shape]) => (
        <ShapeView key={name} shape={shape} />
      ))}
      {named(picture.texts).map(([name, text]) => (
        <TextView key={name} text={text} />
      ))}
    </g>
  );
});

/** What is drawn in one place is the same thing, whatever comes or goes beside it; the second there has a number. */
function named<T extends Shape | Text>(things: readonly T[]): [string, T][] {
  const seen = new Map<string, number>();
  return things.map((thing) => {
    const place = "d" in thing ? thing.d : `${thing.x} ${thing.y}`;
    const name = `${"kind" in thing ? thing.kind : "text"} ${place}`;
    const before = seen.get(name) ?? 0;
    seen.set(name, before + 1);
    return [before === 0 ? name : `${name} ${before}`, thing];
  });
}

const Defs = memo(function Defs() {
  return (
    <defs>
      <marker
        id="to-tables"
        viewBox="0 0 8 8"
        refX="7.5"
        refY="4"
        markerWidth="8"
        markerHeight="8"
        markerUnits="userSpaceOnUse"
        orient="auto"
      >
        <path className="fill-tables" d="M0 .8 7.5 4 0 7.2Z" />
      </marker>
      <marker
        id="to-core"
        viewBox="0 0 8 8"
        refX="7.5"
        refY="4"
        markerWidth="8"
        markerHeight="8"
        markerUnits="userSpaceOnUse"
        orient="auto"
      >
        <path className="stroke-core" d="M.8 1 7 4 .8 7" />
      </marker>
      <marker
        id="to-hardware"
        viewBox="0 0 8 8"
        refX="7.5"
        refY="4"
        markerWidth="8"
        markerHeight="8"
        markerUnits="userSpaceOnUse"
        orient="auto"
      >
        <path className="stroke-hardware" d="M.8 1 7 4 .8 7" />
      </marker>
      <pattern id="hatch-dense" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
        <path className="stroke-reset" d="M0 0V5" strokeWidth="2.4" />
      </pattern>
      <pattern id="hatch-light" width="8" height="8" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
        <path className="stroke-reset" d="M0 0V8" strokeWidth="1.4" />
      </pattern>
    </defs>
  );
});

const ShapeView = memo(function ShapeView({ shape }: { shape: Shape }) {
  switch (shape.kind) {
    case "rect": {
      const { x, y, w, h, tone } = shape;
      if (tone !== "diverges") return <rect className={`r-${tone}`} x={x} y={y} width={w} height={h} />;
      const outline = shape.fresh ? "r-diverges fresh" : "r-diverges";
      return (
        <>
          <rect className={outline} x={x} y={y} width={w} height={h} />
          <rect className={outline} x={x + 3} y={y + 3} width={w - 6} height={h - 6} />
        </>
      );
    }
    case "hatch":
      return (
        <rect
          fill={shape.dense ? "url(#hatch-dense)" : "url(#hatch-light)"}
          x={shape.x}
          y={shape.y}
          width={shape.w}
          height={shape.h}
        />
      );
    case "line":
      return <path className={`l-${shape.tone}`} d={shape.d} />;
    case "edge":
      return (
        <path
          className={shape.fresh ? `e-${shape.layer} fresh` : `e-${shape.layer}`}
          d={shape.d}
          markerEnd={shape.arrow ? `url(#to-${shape.layer})` : undefined}
        />
      );
    case "stop": {
      const { x, y, small } = shape;
      const [bar, left, size] = small ? [4, 8, 7] : [10, 15, 10];
      const cross = `M${x + left} ${y - size / 2}l${size} ${size}m0 ${-size}l${-size} ${size}`;
      return (
        <path
          className={`stop${shape.quiet ? " quiet" : ""}${shape.fresh ? " fresh" : ""}`}
          d={`M${x} ${y}H${x + bar}M${x + bar} ${y - 7}V${y + 7}${cross}`}
        />
      );
    }
    case "joint":
      return <circle className="fill-tables" cx={shape.x} cy={shape.y} r={2.4} />;
    case "delta":
      return <path className="delta" d={`M${shape.x} ${shape.y}h8l-4-7Z`} />;
  }
});

const TextView = memo(function TextView({ text }: { text: Text }) {
  const classes = [`t-${text.tone}`, text.mono ? "mono" : "", text.bold ? "bold" : "", text.size === 12 ? "t12" : ""];
  return (
    <text className={classes.filter(Boolean).join(" ")} x={text.x} y={text.y} textAnchor={text.end ? "end" : undefined}>
      {text.text}
    </text>
  );
});
