import type { Picture } from "../../modules/media/index.ts";

/** Where a file is. @param hash of its content */
export const mediaPath = (hash: string): string => `/api/v1/media/${hash}.webp`;

export const presentPicture = ({ id, large, small, width, height }: Picture) => ({
  id,
  url: mediaPath(large),
  small_url: mediaPath(small),
  width,
  height,
});
