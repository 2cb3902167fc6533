/** The designs by id, oldest first. */
import type { Design } from "../design.ts";
import { cdCopy } from "./cd-copy.ts";
import { driverSuspend } from "./driver-suspend.ts";
import { fakeAttach } from "./fake-attach.ts";
import { linux617 } from "./linux-6.17.ts";
import { linux70 } from "./linux-7.0.ts";
import { linux73 } from "./linux-7.3.ts";
import { parkInBlocking } from "./park-in-blocking.ts";
import { rfcV1HoldMutex } from "./rfc-v1-hold-mutex.ts";
import { rfcV2Defer } from "./rfc-v2-defer.ts";
import { testDevV1 } from "./test-dev-v1.ts";
import { v3Defer } from "./v3-defer.ts";
import { v4Ebusy } from "./v4-ebusy.ts";
import { waitUntilDone } from "./wait-until-done.ts";

export const designs: readonly Design[] = [
  linux617,
  rfcV1HoldMutex,
  rfcV2Defer,
  v3Defer,
  v4Ebusy,
  testDevV1,
  cdCopy,
  parkInBlocking,
  fakeAttach,
  driverSuspend,
  waitUntilDone,
  linux70,
  linux73,
];

export const findDesign = (id: string): Design | undefined => designs.find((design) => design.id === id);
