export type { Mail, Post } from "./post.ts";
export { type Mailing, sendMail } from "./send.ts";
export { type LetterName, type LetterValues, MAILED_NEWS } from "./values.ts";
export { startMail } from "./worker.ts";
