import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ahead } from "./ahead.ts";
import { type Client, startClient } from "./client.ts";
import { everything } from "./everything.testkit.ts";
import { Desk, type DeskRequest } from "./desk.ts";
import type { Ask, Snapshot } from "./protocol.ts";
import { pack, type Sent, type Told } from "./wire.ts";

/** A worker that is asked by hand to answer, so that messages meet as the test wants them to. */
class Stub {
  static only: Stub;
  readonly asked: Ask[] = [];
  onmessage: (message: { data: Sent | Told }) => void = () => {};
  constructor() {
    Stub.only = this;
  }
  postMessage(ask: Ask): void {
    this.asked.push(ask);
  }
  terminate(): void {}
}

let client: Client;
let desk: Desk;
let last: Snapshot | null;

beforeEach(() => {
  vi.stubGlobal("Worker", Stub);
  client = startClient();
  desk = new Desk(everything);
  last = null;
});
afterEach(() => void vi.unstubAllGlobals());

const send = (data: Sent | Told) => Stub.only.onmessage({ data: structuredClone(data) });

/** Answers the oldest request, as `worker.ts` does. */
function answer(base = last): void {
  const { id, known: _known, ...request } = Stub.only.asked.shift() as Ask;
  const reply = desk.ask(id, request as DeskRequest);
  send(pack(base, reply));
  if (reply.kind === "state") last = reply.snapshot;
}

/** Tells what comes next, and says of which snapshot. */
function tell(): Snapshot {
  const next = ahead(desk);
  if (next?.reply.kind !== "state") throw new Error("nothing is ahead");
  send({ kind: "ahead", requests: next.requests, reply: pack(last, next.reply) });
  return next.reply.snapshot;
}

async function opened(): Promise<void> {
  const first = client.ask({ kind: "open", text: "" });
  answer();
  await first;
}

const step = { kind: "step", thread: 1, outcome: 0, mode: "step" } as const;

test("a request whose answer was told ahead is answered at once, and what comes after is understood", async () => {
  await opened();
  const told = tell();
  expect(await client.ask(step)).toMatchObject({ kind: "state", snapshot: told });
  expect(Stub.only.asked).toMatchObject([{ ...step, known: true }]);
  answer(told);
  const second = client.ask(step);
  expect(Stub.only.asked[0]?.known).toBeUndefined();
  answer();
  expect(await second).toMatchObject({ snapshot: last });
});

test("what was told ahead of a state that was left counts for nothing", async () => {
  await opened();
  tell();
  const other = client.ask({ ...step, thread: 2 });
  expect(Stub.only.asked[0]?.known).toBeUndefined();
  // told while the other request was on its way
  tell();
  answer();
  expect(await other).toMatchObject({ snapshot: last });
  const next = client.ask({ kind: "seek", position: 0 });
  answer();
  expect(await next).toMatchObject({ snapshot: last });
});

test("a question between is no move: what was told stays", async () => {
  await opened();
  const told = tell();
  const why = client.ask({ kind: "why" });
  send({ kind: "why", id: Stub.only.asked.shift()?.id ?? 0, why: null });
  await why;
  expect(await client.ask(step)).toMatchObject({ snapshot: told });
});
