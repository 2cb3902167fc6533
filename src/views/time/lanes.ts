import type { EntryRef } from "../../session/look.ts";

// What a picture of lanes is made of: positions and looks, no markup.

export interface TimeText {
  readonly x: number;
  readonly y: number;
  readonly text: string;
  readonly tone: "name" | "q" | "v" | "bad" | "reset" | "hardware";
  readonly mono?: boolean;
}

export interface Dot {
  readonly x: number;
  readonly y: number;
  readonly step: number;
  readonly look: "done" | "future" | "now" | "errno" | "passed" | "warn" | "violated" | "start";
  readonly title: string;
}

/** Steps too close to each other for dots of their own, and none of them with anything to say. */
export interface Run {
  readonly x1: number;
  readonly x2: number;
  readonly y: number;
  readonly steps: number;
  readonly future: boolean;
  readonly title: string;
}

export interface Bar {
  readonly x1: number;
  readonly x2: number;
  readonly y: number;
  /** Held beyond the present position or still open. */
  readonly open: boolean;
  readonly thin: boolean;
}

export interface Window {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
  readonly dense: boolean;
}

/** Commands that were sent in a step, and events that were recorded. */
export interface Tick {
  readonly x: number;
  readonly y: number;
  readonly title: string;
  /** Some event is among them. */
  readonly event: boolean;
  /** What is inspected by a click: the first event, else the first command. */
  readonly ref: EntryRef;
}

export interface Lanes {
  readonly height: number;
  readonly lines: readonly number[];
  readonly texts: readonly TimeText[];
  readonly dots: readonly Dot[];
  readonly runs: readonly Run[];
  readonly bars: readonly Bar[];
  readonly windows: readonly Window[];
  readonly ticks: readonly Tick[];
}
