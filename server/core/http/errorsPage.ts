import { allProblems } from "./problems.ts";

/** The page `/docs/errors` and `docs/errors.md`, in Markdown: every problem of the rooms that are loaded. */
export function errorsPage(): string {
  const rows = allProblems().map(
    ({ code, status, title }) => `| <a id="${code}"></a>\`${code}\` | ${status} | ${title}. |`,
  );
  return `# Errors

Every error is \`application/problem+json\` (RFC 9457). \`code\` is stable and is what a program should look at; \`detail\`
says what happened this time; \`request_id\` finds it in our log. \`validation_failed\` and \`unknown_field\` carry
\`fields\`: a list of \`path\` and \`message\`.

This page is generated from the registry in \`server/core/http/problems.ts\`.

| code | status | meaning |
|---|---|---|
${rows.join("\n")}
`;
}
