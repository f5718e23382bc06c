import * as sockets from "@echolab/posix-sockets";
import * as core from "@echolab/protocol-core";
import { expect, test } from "vitest";

test("a failed accept leaves the listener alone for one time, whether the server blocks in it or not", () => {
  expect(core.RETRY_ACCEPT_MS).toBe(sockets.RETRY_ACCEPT_MS);
});
