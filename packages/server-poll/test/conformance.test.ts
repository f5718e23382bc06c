import { describeServer } from "@echolab/conformance/vitest";

describeServer(import.meta.url);
