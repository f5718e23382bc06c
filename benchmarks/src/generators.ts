import { GeneratorProcess } from "./generator-process.ts";
import type { Lab } from "./scenario.ts";
import { type TopologyName, topology } from "./topology.ts";

/** A load generator for each topology, because each has its processor; and those that a table needs beside it. */
export class Generators {
  readonly #seed: number;
  readonly #labs = new Map<TopologyName, Lab>();
  readonly #all: GeneratorProcess[] = [];

  constructor(seed: number) {
    this.#seed = seed;
  }

  lab(name: TopologyName): Lab {
    const there = this.#labs.get(name);
    if (there?.generator.running) return there; // else it was killed: what comes now needs another one
    const where = topology(name);
    const another = () => {
      const generator = new GeneratorProcess(where.generator, this.#seed);
      this.#all.push(generator);
      return generator;
    };
    const lab = { generator: another(), another, topology: where, seed: this.#seed };
    this.#labs.set(name, lab);
    return lab;
  }

  stop(): void {
    for (const generator of this.#all.splice(0)) generator.stop();
    this.#labs.clear();
  }
}
