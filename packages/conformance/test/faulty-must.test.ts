import { describeFound } from "./faulty-found.ts";

describeFound(({ tier }) => tier === "must");
