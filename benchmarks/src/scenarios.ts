import type { Scenario } from "./scenario.ts";
import { churn } from "./scenarios/churn.ts";
import { crowd } from "./scenarios/crowd.ts";
import { idle } from "./scenarios/idle.ts";
import { roundTrip } from "./scenarios/round-trip.ts";
import { throughput } from "./scenarios/throughput.ts";

/** In the order in which they run, and in which the table shows them. */
export const scenarios: readonly Scenario[] = [idle, roundTrip, throughput, churn, crowd];
