import { describeOneThread } from "@echolab/conformance/vitest";

describeOneThread(import.meta.url, "epoll_wait", "epoll_pwait");
