import { Picture } from "./entities.ts";

export { encode, PICTURE_TYPES } from "./encode.ts";
export type { Picture } from "./entities.ts";
export { migrations } from "./migrations.ts";
export { mediaProblems } from "./problems.ts";
export {
  addPicture,
  deletePicture,
  keepFiles,
  mediaHandlers,
  orderPictures,
  picturesOf,
} from "./service.ts";
export { kept } from "./store.ts";

export const entities = [Picture];
