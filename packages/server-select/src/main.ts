import { run } from "@echolab/protocol-core";
import { serve } from "./serve.ts";

run(serve);
