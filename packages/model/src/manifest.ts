import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { ErrorObject, ValidateFunction } from "ajv";
import { distance } from "fastest-levenshtein";
import { showable } from "./showable.ts";

/** A model.json that has been checked; what it left out has the schema's default. */
export interface Manifest {
  readonly version: 1;
  readonly title: string;
  readonly summary: string;
  readonly protocol: "tcp" | "udp";
  readonly command: readonly string[];
  readonly ready: "line" | "listen";
  readonly clients: number | "many";
  readonly overload: "queue" | "refuse";
  readonly idle: "sleeps" | "spins";
  readonly isolation: "none" | "thread" | "process";
  readonly options: Readonly<Record<string, { values: readonly string[]; default: string; help: string }>>;
  readonly env: Readonly<Record<string, string>>;
  readonly build: readonly string[] | null;
  readonly requires: { readonly os: readonly string[]; readonly commands: readonly string[] };
}

/** Bad input: a manifest, a model's name or an option that the person can mend. */
export class ManifestError extends Error {
  override readonly name = "ManifestError";

  constructor(message: string) {
    super(showable(message));
  }
}

/** What `parseJson` checks by; read and compiled only when something is checked, as that takes a while. */
export type Schema = () => ValidateFunction;

const schema = schemaIn(new URL("../model.schema.json", import.meta.url));

/** The JSON Schema in this file; what a value leaves out gets the schema's default. */
export function schemaIn(file: string | URL): Schema {
  let validate: ValidateFunction | undefined;
  return () => {
    validate ??= compile(JSON.parse(readFileSync(file, "utf8")));
    return validate;
  };
}

/** With a library that takes longer to load than all the rest of most commands. */
function compile(schema: object): ValidateFunction {
  const { Ajv } = createRequire(import.meta.url)("ajv") as typeof import("ajv");
  return new Ajv({ useDefaults: true, allowUnionTypes: true, verbose: true }).compile(schema);
}

/**
 * @param text the text of a model.json
 * @param file its path, for the error
 * @throws ManifestError that names the file, the key, and the nearest right one
 */
export function parseManifest(text: string, file: string): Manifest {
  const manifest = shown(parseJson(text, file, schema) as Manifest);
  for (const [name, option] of Object.entries(manifest.options)) {
    if (!option.values.includes(option.default)) {
      throw new ManifestError(`${file}: options.${name}.default is "${option.default}", which is not among its values`);
    }
  }
  return manifest;
}

/** What tables and messages show of it; the words that are run stay as they are written. */
function shown(manifest: Manifest): Manifest {
  const { command, build, env, ...others } = manifest;
  const text = JSON.stringify(others, (_, value) => (typeof value === "string" ? showable(value) : value));
  return { ...JSON.parse(text), command, build, env };
}

/** JSON that is as its schema says. @throws ManifestError that names the file, the key, and the nearest right one */
export function parseJson(text: string, file: string, schema: Schema): unknown {
  return checkJson(readJson(text, file), file, schema);
}

/** Windows' editors begin a file with a byte order mark (U+FEFF), which JSON does not know. @throws ManifestError */
export function readJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch (error) {
    throw new ManifestError(`${file}: not JSON: ${(error as Error).message}`);
  }
}

/** @throws ManifestError that names the file, the key, and the nearest right one */
export function checkJson(value: unknown, file: string, schema: Schema): unknown {
  const validate = schema();
  if (!validate(value)) throw new ManifestError(`${file}: ${explain(validate.errors![0]!)}`);
  return value;
}

function explain({
  instancePath,
  keyword,
  params,
  message,
  schemaPath,
  parentSchema,
  propertyName,
}: ErrorObject): string {
  const key = instancePath.slice(1).replaceAll("/", ".");
  if (propertyName) return `"${key}.${propertyName}": a name is made of a-z, 0-9 and hyphens`;
  if (keyword === "additionalProperties") {
    const wrong = params["additionalProperty"] as string;
    const known = Object.keys(parentSchema!["properties"]);
    return `unknown key "${key ? `${key}.` : ""}${wrong}"${suggest(wrong, known)}`;
  }
  if (keyword === "required") return `the key "${key ? `${key}.` : ""}${params["missingProperty"]}" is missing`;
  if (keyword === "enum") return `"${key}" must be one of ${(params["allowedValues"] as string[]).join(", ")}`;
  if (schemaPath.includes("/clients/anyOf")) return '"clients" must be "many" or a whole number from 1';
  if (schemaPath.includes("/build/anyOf")) return '"build" must be null or a list of words';
  if (schemaPath.includes("/distribution/anyOf"))
    return `"${key.split(".")[0]}" must be a number, or one of { "uniform": [from, to] }, { "exponential": mean }, { "lognormal": { "median": …, "p99": … } }, { "choice": [[value, weight], …] }`;
  return `${key ? `"${key}" ` : ""}${keyword === "const" ? `must be ${JSON.stringify(params["allowedValue"])}` : message}`;
}

/** ` (did you mean "x"?)` where one of `known` is near enough to `wrong`; else the empty string. */
export function suggest(wrong: string, known: readonly string[]): string {
  const near = known
    .map((name) => ({ name, edits: name.startsWith(wrong) ? 0 : distance(wrong, name) }))
    .sort((a, b) => a.edits - b.edits)[0];
  return near && near.edits <= Math.max(2, near.name.length / 3) ? ` (did you mean "${near.name}"?)` : "";
}
