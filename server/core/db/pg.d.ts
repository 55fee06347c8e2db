/** The one class of pg 8 that is used here; the package brings no types of its own. */
declare module "pg" {
  export class Client {
    query(...parameters: unknown[]): unknown;
  }
}
