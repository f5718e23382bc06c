import { describeOneThread } from "@echolab/conformance/vitest";

describeOneThread(import.meta.url, "select", "pselect6");
