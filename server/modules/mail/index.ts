export type { Mail } from "./mail.ts";
export { type Mailing, sendMail } from "./send.ts";
export { type LetterValues, MAILED_NEWS } from "./values.ts";
export { startMail } from "./worker.ts";
