import { z } from "zod";

/** A variable of the environment is missing or wrong; the start stops here, with its name. */
export class BadConfiguration extends Error {
  constructor(problems: readonly string[]) {
    super(`The configuration is not usable:\n${problems.map((problem) => `  ${problem}`).join("\n")}`);
    this.name = "BadConfiguration";
  }
}

/** The variables of a process, as they came. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A whole number in a range. */
export const count = (least: number, most: number) => z.coerce.number().int().min(least).max(most);

/** Parts by comma. */
export const list = z.string().transform((text) =>
  text
    .split(",")
    .map((part) => part.trim())
    .filter(Boolean),
);

/**
 * Variables of the environment by a schema whose fields are named like them.
 * @param nameOf the name of the variable that a field was read from; its own unless said
 * @throws BadConfiguration naming every variable that is missing or wrong
 */
export function variables<T>(schema: z.ZodType<T>, env: Environment, nameOf = (field: string) => field): T {
  const parsed = schema.safeParse(env);
  if (parsed.success) return parsed.data;
  throw new BadConfiguration(
    parsed.error.issues.map(({ path, message }) => {
      const field = path.join(".");
      const unset = env[field] === undefined;
      return `${nameOf(field)}: ${unset ? "is not set; docs/configuration.md says what it is" : message}`;
    }),
  );
}

/** A value inside the variable `name` by a schema. @throws BadConfiguration naming every part that is wrong */
export function inside<T>(name: string, schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new BadConfiguration(parsed.error.issues.map((issue) => `${name}.${issue.path.join(".")}: ${issue.message}`));
}

/** @throws BadConfiguration where the variable `name` is not JSON */
export function fromJson(name: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new BadConfiguration([`${name}: is not JSON`]);
  }
}
