import { z } from "zod";
import type { Call, Route } from "./door.ts";
import { allProblems, type Problem, problems } from "./problems.ts";

const PARTS = ["params", "query", "body"] as const;
type Part = (typeof PARTS)[number];

/** What a door that names no shape takes: nothing. */
const NOTHING = z.strictObject({});
const MOST_FIELDS = 20;

/**
 * Parses what a request brought by the route's schemas.
 * @throws validation_failed or unknown_field with `fields`, or the problem a schema names by `params.code`
 */
export function parseInput(route: Route, raw: Readonly<Record<Part, unknown>>): Call["input"] {
  const input: Partial<Record<Part, unknown>> = {};
  const issues: z.core.$ZodIssue[] = [];
  for (const part of PARTS) {
    const schema = route[part];
    const parsed = (schema ?? NOTHING).safeParse(raw[part] ?? (schema && part === "body" ? undefined : {}));
    if (!parsed.success) issues.push(...parsed.error.issues);
    else if (schema !== undefined) input[part] = parsed.data;
  }
  if (issues.length > 0) throw problemOf(issues);
  return input as Call["input"];
}

function problemOf(issues: readonly z.core.$ZodIssue[]): Problem {
  const fields = issues.flatMap(fieldsOf).slice(0, MOST_FIELDS);
  const named = issues.map((issue) => (issue.code === "custom" ? issue.params?.code : undefined)).find(Boolean);
  const factory = allProblems().find(({ code }) => code === named);
  if (factory) return factory(undefined, { fields });
  const strangers = issues.every(({ code }) => code === "unrecognized_keys");
  const detail = fields.map(({ path, message }) => `${path || "The request"} ${message}`).join("; ");
  return (strangers ? problems.unknown_field : problems.validation_failed)(`${detail}.`, { fields });
}

interface Field {
  path: string;
  message: string;
}

function fieldsOf(issue: z.core.$ZodIssue): Field[] {
  const path = (last?: string) => [...issue.path.map(String), ...(last ? [last] : [])].join(".").slice(0, 200);
  if (issue.code === "unrecognized_keys")
    return issue.keys.map((key) => ({ path: path(key), message: "is not known" }));
  return [{ path: path(), message: issue.message.slice(0, 200) }];
}
