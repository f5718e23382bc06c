import { accessSync, constants, existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, delimiter, join, relative, resolve } from "node:path";
import { type Manifest, ManifestError, parseManifest, suggest } from "./manifest.ts";
import { projectRoot } from "./root.ts";
import { showable } from "./showable.ts";

/** A server: its folder, what that promises, and the options it is to be started with. */
export interface Model {
  /** The row's name in every table: `epoll`, `busy-wait:when-nothing=sleep`. */
  readonly name: string;
  readonly folder: string;
  readonly manifest: Manifest;
  /** The model's own options, where they differ from the default. */
  readonly own: Readonly<Record<string, string>>;
  /** Whether somebody else has written it, where that does not follow from its folder (see `isForeign`). */
  readonly isForeign?: boolean;
  /** The files and folders that it is made of, where they are not its folder. */
  readonly files?: readonly string[];
}

/** Where models are looked for, from the root: each folder in these that has a model.json is one. */
const PLACES = {
  own: ["packages", "homework"],
  limits: ["benchmarks/limits"],
  peers: ["benchmarks/peers"],
};

/** own: this project's, and yours. limits: what the machine can do, in C. peers: what others do out of the box. */
export type Place = keyof typeof PLACES;

/** Every model of this checkout, place by place, sorted by name. @throws ManifestError for a model.json that is wrong */
export function findModels(root = projectRoot(), places: readonly Place[] = ["own", "limits", "peers"]): Model[] {
  return places.flatMap((place) =>
    PLACES[place]
      .map((folder) => join(root, folder))
      .filter((folder) => existsSync(folder))
      .flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)))
      .filter((folder) => existsSync(join(folder, "model.json")))
      .flatMap(readOrLeaveOut)
      .sort((a, b) => a.name.localeCompare(b.name)),
  );
}

/** Said once. */
const leftOut = new Set<string>();

/** A mistake in somebody's model.json is not in the way of everybody else's work. */
function readOrLeaveOut(folder: string): Model[] {
  try {
    return [readModel(folder)];
  } catch (error) {
    if (!(error instanceof ManifestError)) throw error;
    if (!leftOut.has(folder)) console.error(`left out: ${error.message}`);
    leftOut.add(folder);
    return [];
  }
}

/**
 * The model that a person names: `epoll`, `busy-wait:when-nothing=sleep`, or a folder with a model.json (`./hw3`).
 * @param typedIn the folder that a relative path starts from
 * @throws ManifestError that suggests the nearest name
 */
export function findModel(spec: string, typedIn: string, root = projectRoot()): Model {
  const { name, own } = parseModelSpec(spec);
  const model = isFolder(name)
    ? readModel(resolve(typedIn, name))
    : findModels(root).find((found) => found.name === name);
  if (!model) {
    const names = findModels(root).map((found) => found.name);
    throw new ManifestError(
      `no model "${name}"${suggest(name, names)}; there are ${names.join(", ")}, or a folder: ./${name}`,
    );
  }
  const differing: Record<string, string> = {};
  for (const [option, value] of Object.entries(own)) {
    const declared = model.manifest.options[option];
    const options = Object.keys(model.manifest.options);
    if (!declared) {
      const there = options.length > 0 ? `it has ${options.join(", ")}` : "it has none";
      throw new ManifestError(`${model.name} has no option "${option}"${suggest(option, options)}; ${there}`);
    }
    if (!declared.values.includes(value)) {
      const nearest = suggest(value, declared.values);
      throw new ManifestError(
        `${model.name}:${option} is one of ${declared.values.join(", ")}, not "${value}"${nearest}`,
      );
    }
    if (value !== declared.default) differing[option] = value;
  }
  const suffix = Object.entries(differing).map(([option, value]) => `${option}=${value}`);
  return { ...model, name: [model.name, ...suffix].join(":"), own: differing };
}

/** `busy-wait:when-nothing=sleep` apart. @throws ManifestError */
export function parseModelSpec(spec: string): { name: string; own: Record<string, string> } {
  const [name = "", ...pairs] = spec.split(":");
  const own = pairs.map((pair) => {
    const [option = "", value] = pair.split("=");
    if (!option || !value) throw new ManifestError(`"${spec}": an option is written MODEL:OPTION=VALUE`);
    return [option, value] as const;
  });
  return { name, own: Object.fromEntries(own) };
}

/** Why this machine cannot run the model, in words; undefined if it can. */
export function missingRequirement({ manifest: { requires } }: Model): string | undefined {
  const { os = [], commands = [] } = requires;
  if (os.length > 0 && !os.includes(process.platform)) return `needs ${os.join(" or ")}, this is ${process.platform}`;
  const missing = commands.filter((command) => !isOnPath(command));
  return missing.length > 0 ? `needs ${missing.join(", ")} on PATH` : undefined;
}

function readModel(folder: string): Model {
  const file = join(folder, "model.json");
  const shown = relative(process.cwd(), file);
  if (!existsSync(file)) throw new ManifestError(`${shown}: no such file; a model is a folder with a model.json`);
  const manifest = parseManifest(readFileSync(file, "utf8"), shown);
  return { name: showable(basename(folder)).replace(/^server-/, ""), folder, manifest, own: {} };
}

const isFolder = (name: string) => name.startsWith(".") || name.includes("/");

/** Whether a shell would find this command. */
export const isOnPath = (command: string): boolean => pathOf(command, "/") !== undefined;

/** The program that a command's first word names, as execvp(3) finds it; undefined where there is none. */
export function pathOf(command: string, folder: string, path = process.env["PATH"] ?? ""): string | undefined {
  const places = command.includes("/") ? [folder] : path.split(delimiter);
  return places.map((place) => resolve(folder, place, command)).find(isProgram);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
