import { mostClients, type Request, scenarios, shortage, speakers, varies, wanted } from "@echolab/benchmarks";
import { ManifestError } from "@echolab/model";

/** What would be ignored, or mistaken, is wrong usage. @throws ManifestError */
export function check(request: Omit<Request, "slowness">): void {
  const { models, vary } = request;
  const most = Math.max(1, ...(vary.clients ?? []));
  if (most > mostClients()) throw new ManifestError(shortage(most));
  const twice = models.find((model, i) => models.findIndex(({ name }) => name === model.name) !== i);
  if (twice) throw new ManifestError(`two models are called "${twice.name}": give one of the folders another name`);
  const chosen = wanted(request);
  for (const scenario of chosen) {
    if (speakers(scenario, models).length > 0) continue;
    const spoken = scenario.protocol.toUpperCase();
    throw new ManifestError(`${scenario.scenario} is for servers that speak ${spoken}, and none of these does`);
  }
  for (const factor of Object.keys(vary) as (keyof typeof vary)[]) {
    if (varies(chosen, factor)) continue;
    const able = scenarios.filter((scenario) => varies([scenario], factor)).map(({ scenario }) => scenario);
    throw new ManifestError(`--${factor} has nothing to vary here: it is for ${able.join(", ")}`);
  }
}
