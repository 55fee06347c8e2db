/** The few methods of better-sqlite3 13 that are used here; the package brings no types of its own. */
declare module "better-sqlite3" {
  interface Statement {
    run(...parameters: unknown[]): { changes: number; lastInsertRowid: number | bigint };
    all(...parameters: unknown[]): unknown[];
  }

  export default class Database {
    constructor(file: string, options?: { readonly?: boolean; fileMustExist?: boolean; timeout?: number });
    prepare(statement: string): Statement;
    pragma(statement: string): unknown;
    exec(statement: string): this;
    close(): this;
  }
}
