import { describeOneThread } from "@echolab/conformance/vitest";

describeOneThread(import.meta.url, "io_uring_enter");
