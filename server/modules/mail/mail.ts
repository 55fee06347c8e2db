/** A mail as it leaves. */
export interface Mail {
  /** The same for every attempt to send it. */
  readonly id: string;
  /** `Name <address>`. */
  readonly from: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** Epoch milliseconds. */
  readonly at: number;
}
