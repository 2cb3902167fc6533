import type { Design } from "../design.ts";
import { testDevV1 } from "./test-dev-v1.ts";

/** The one that the thread is about: what a first visit opens, and all of the designs that it loads. */
export const seedDesign: Design = testDevV1;
