import { describeOneThread } from "@echolab/conformance/vitest";

describeOneThread(import.meta.url, "poll", "ppoll");
