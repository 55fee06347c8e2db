import { z } from "zod";
import { Uuid } from "../../core/http/schemas.ts";

export const PictureView = z
  .strictObject({
    id: Uuid,
    url: z.string().meta({ description: "At most 1,600 pixels a side" }),
    small_url: z.string().meta({ description: "At most 400 pixels a side" }),
    width: z.int().meta({ description: "Of the large one, in pixels" }),
    height: z.int(),
  })
  .meta({ id: "Picture" });
export const PictureList = z.strictObject({ data: z.array(PictureView) });
export const OrderPictures = z.strictObject({ order: z.array(Uuid).max(100) }).meta({ id: "OrderPictures" });
export const ById = z.strictObject({ id: Uuid });
export const ByIdAndPicture = z.strictObject({ id: Uuid, picture_id: Uuid });
export const ByFile = z.strictObject({
  file: z
    .string()
    .regex(/^[0-9a-f]{64}\.webp$/, "must be the name of a picture")
    .meta({ description: "The hash of the content, and .webp" }),
});
