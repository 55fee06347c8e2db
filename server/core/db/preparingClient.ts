import { Client } from "pg";

/** Statements that one connection keeps prepared; enough for every text of ours, and a bound for what lists make. */
const MOST_PREPARED = 500;
/** Longer ones are inserts of many rows, which seldom have the same length twice. */
const LONGEST_TEXT = 3_000;

/**
 * A connection that has PostgreSQL parse and plan each statement with parameters once, by giving it a name; else that
 * would be done anew every time, which costs more than most of our statements themselves.
 * Connections behind a pooler that hands them out per transaction need one that knows prepared statements (PgBouncer
 * 1.21 does).
 */
export class PreparingClient extends Client {
  readonly #names = new Map<string, string>();

  constructor(...parameters: unknown[]) {
    super(...parameters);
    // The server may end a session in the moment between pool and transaction, when neither listens: without this the
    // process would end, too. The statement that comes next fails, and the pool throws the connection away.
    this.on("error", () => undefined);
  }

  override query(...parameters: unknown[]): unknown {
    const [text, values, ...rest] = parameters;
    if (typeof text !== "string" || !Array.isArray(values) || values.length === 0) return super.query(...parameters);
    const name = this.#nameOf(text);
    return name === undefined ? super.query(...parameters) : super.query({ name, text, values }, ...rest);
  }

  #nameOf(text: string): string | undefined {
    const known = this.#names.get(text);
    if (known !== undefined || text.length > LONGEST_TEXT || this.#names.size >= MOST_PREPARED) return known;
    const name = `statement_${this.#names.size}`;
    this.#names.set(text, name);
    return name;
  }
}
