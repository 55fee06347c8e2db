export { type ExpressType, expressType } from "./service.ts";
