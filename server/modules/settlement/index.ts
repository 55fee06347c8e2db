export { termsFor, tokenFor } from "./rules.ts";
