/** A clock a test sets. */
export class SetClock {
  /** Epoch milliseconds. */
  at = Date.now();
  now = (): number => this.at;
  /** Lets time pass. @param ms milliseconds */
  pass(ms: number): void {
    this.at += ms;
  }
}
