import type { Scenario } from "./scenario.ts";
import { churn } from "./scenarios/churn.ts";
import { crowd } from "./scenarios/crowd.ts";
import { datagrams } from "./scenarios/datagrams.ts";
import { idle } from "./scenarios/idle.ts";
import { lossyNetwork } from "./scenarios/lossy-network.ts";
import { openLoop } from "./scenarios/open-loop.ts";
import { roundTrip } from "./scenarios/round-trip.ts";
import { scaling } from "./scenarios/scaling.ts";
import { size } from "./scenarios/size.ts";
import { slowClient } from "./scenarios/slow-client.ts";
import { syscalls } from "./scenarios/syscalls.ts";
import { throughput } from "./scenarios/throughput.ts";

/** In the order in which they run, and in which the table shows them. */
export const scenarios: readonly Scenario[] = [
  idle,
  roundTrip,
  throughput,
  churn,
  crowd,
  scaling,
  openLoop,
  slowClient,
  datagrams,
  size,
  lossyNetwork,
  syscalls,
];
