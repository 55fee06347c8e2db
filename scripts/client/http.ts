/** An answer that is no success, as the server's `application/problem+json` tells it. */
export class ApiProblem extends Error {
  readonly status: number;
  readonly code: string;
  constructor(method: string, path: string, status: number, body: { code?: string; detail?: string }) {
    super(`${method} ${path} answered ${status} ${body.code ?? ""}: ${body.detail ?? ""} ${JSON.stringify(body)}`);
    this.name = "ApiProblem";
    this.status = status;
    this.code = body.code ?? "";
  }
}

/** Nobody answered: the server is down, or went down before it could. Whether it did the work is unknown. */
export class NoAnswer extends Error {
  constructor(method: string, path: string, cause: unknown) {
    super(`${method} ${path} had no answer`, { cause });
    this.name = "NoAnswer";
  }
}

/** A body that is no JSON: a CSV file. */
export class CsvFile {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** What goes with a request besides its body. */
export interface RequestOptions {
  accessToken?: string;
  /** The same key makes a repeated request the same request. */
  key?: string;
}

/** Sends one request below `/api/v1`, JSON or a CsvFile, and gives the JSON of a success; its type is the caller's word. */
export type Send = <Answer>(method: string, path: string, body?: unknown, options?: RequestOptions) => Promise<Answer>;

/**
 * Makes the sender for one server.
 * @param origin e.g. `http://localhost:3000`
 * @throws ApiProblem when the answer is no success, NoAnswer when there is none
 */
export function sender(origin: string): Send {
  return async <Answer>(method: string, path: string, body?: unknown, options: RequestOptions = {}) => {
    const { accessToken, key } = options;
    const headers: Record<string, string> = {};
    if (body !== undefined) headers["Content-Type"] = body instanceof CsvFile ? "text/csv" : "application/json";
    if (accessToken !== undefined) headers.Authorization = `Bearer ${accessToken}`;
    if (key !== undefined) headers["Idempotency-Key"] = key;
    const [status, text] = await exchange(`${origin}/api/v1${path}`, method, headers, body).catch((cause: unknown) => {
      throw new NoAnswer(method, path, cause);
    });
    const answer: unknown = text === "" ? undefined : JSON.parse(text);
    if (status >= 300) throw new ApiProblem(method, path, status, answer as { code?: string; detail?: string });
    return answer as Answer;
  };
}

async function exchange(
  url: string,
  method: string,
  headers: Record<string, string>,
  body: unknown,
): Promise<[status: number, text: string]> {
  const sent = body === undefined ? {} : { body: body instanceof CsvFile ? body.text : JSON.stringify(body) };
  const response = await fetch(url, { method, headers, ...sent });
  return [response.status, await response.text()];
}
