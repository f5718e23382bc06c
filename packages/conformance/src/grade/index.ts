export { Unverifiable } from "../failure.ts";
export { grade } from "./grade.ts";
export { type GradeReport, gradeReport, toGradescope, toJson, toJUnit, toTap } from "./grade-report.ts";
export type { Grade, Graded, GradeRequest } from "./graded.ts";
export { toHtml } from "./html.ts";
export { GRADE_MINUTES } from "./known.ts";
export type { Observed } from "./observe.ts";
export { assignment, named, type ProfileName, profileNames, profileOf, profiles } from "./profiles.ts";
export { CAP, isCapped, isFailed, isToMend } from "./score.ts";
