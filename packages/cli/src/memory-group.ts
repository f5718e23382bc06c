import { ControlGroup, ManifestError } from "@echolab/model";

/**
 * The words before a command that run it, and all that it starts, with this much memory together. The group goes when
 * this tool ends. @throws ManifestError where no such group can be made
 */
export function memoryGroup(bytes: number): readonly string[] {
  const group = ControlGroup.make({ memory: bytes });
  if (group) return group.entrance;
  throw new ManifestError("--memory needs a control group for memory, and none can be made here: try it as root");
}
