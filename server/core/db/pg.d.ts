/** The one class of pg 8 that is used here; the package brings no types of its own. */
declare module "pg" {
  export class Client {
    constructor(...parameters: unknown[]);
    on(event: "error" | "end", listener: (error?: Error) => void): this;
    connect(): Promise<void>;
    query(...parameters: unknown[]): unknown;
    end(): Promise<void>;
  }
}
