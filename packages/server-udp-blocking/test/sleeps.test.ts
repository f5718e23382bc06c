import { describeOneThread } from "@echolab/conformance/vitest";

describeOneThread(import.meta.url, "recvfrom", "recvmsg");
