/** The designs by id, oldest first. */
import type { Design } from "../design.ts";
import { linux73 } from "./linux-7.3.ts";
import { testDevV1 } from "./test-dev-v1.ts";

export const designs: readonly Design[] = [testDevV1, linux73];

export const findDesign = (id: string): Design | undefined => designs.find((design) => design.id === id);
