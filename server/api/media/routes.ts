import type { House } from "../../core/house.ts";
import { type Door, door } from "../../core/http/door.ts";
import { download, FileAnswer } from "../../core/http/files.ts";
import { problems } from "../../core/http/problems.ts";
import { Bytes, Nothing } from "../../core/http/schemas.ts";
import { catalogProblems, ownGood } from "../../modules/catalog/index.ts";
import {
  addPicture,
  deletePicture,
  encode,
  keepFiles,
  kept,
  mediaProblems,
  orderPictures,
  PICTURE_TYPES,
} from "../../modules/media/index.ts";
import { presentPicture } from "./present.ts";
import { ByFile, ById, ByIdAndPicture, OrderPictures, PictureList, PictureView } from "./schema.ts";

const MOST_PICTURE_BYTES = 8 * 1_024 * 1_024;
/** The name says the content, so that nobody needs to ask again. */
const FOR_EVER = "public, max-age=31536000, immutable";

export const mediaRoutes = (house: House): Door =>
  door(house, "pictures")
    .postOnce(
      "/goods/:id/pictures",
      {
        summary: "Add a picture to your good",
        auth: "user",
        limit: "writes",
        idempotent: true,
        raw: { types: PICTURE_TYPES, most: MOST_PICTURE_BYTES },
        params: ById,
        body: Bytes,
        answers: [201, PictureView],
        problems: [
          catalogProblems.good_not_found,
          mediaProblems.pictures_full,
          problems.body_too_large,
          problems.unsupported_media_type,
          mediaProblems.picture_refused,
        ],
        present: presentPicture,
      },
      async (c) => {
        const { id } = c.input.params;
        await house.db.read(c.actor, (ctx) => ownGood(ctx, id));
        const files = await keepFiles(house.config.mediaDir, await encode(c.input.body));
        return house.db.write(c.actor, (ctx) => addPicture(ctx, id, files));
      },
    )
    .put(
      "/goods/:id/pictures",
      {
        summary: "Put the pictures of your good in order; lists show the first",
        auth: "user",
        limit: "writes",
        params: ById,
        body: OrderPictures,
        answers: [200, PictureList],
        problems: [mediaProblems.picture_order_wrong, catalogProblems.good_not_found],
      },
      async (c) => {
        const { params, body } = c.input;
        const pictures = await house.db.write(c.actor, (ctx) => orderPictures(ctx, params.id, body.order));
        return { data: pictures.map(presentPicture) };
      },
    )
    .delete(
      "/goods/:id/pictures/:picture_id",
      {
        summary: "Delete a picture of your good",
        auth: "user",
        limit: "writes",
        params: ByIdAndPicture,
        answers: [204, Nothing],
        problems: [catalogProblems.good_not_found, mediaProblems.picture_not_found],
      },
      (c) => {
        const { id, picture_id: pictureId } = c.input.params;
        return house.db.write(c.actor, (ctx) => deletePicture(ctx, id, pictureId));
      },
    )
    .get(
      "/media/:file",
      {
        summary: "A picture's file; it never changes",
        auth: "none",
        limit: "reads",
        params: ByFile,
        answers: [200, download("image/webp")],
        problems: [mediaProblems.picture_not_found],
      },
      async (c) => {
        const hash = c.input.params.file.replace(".webp", "");
        const content = await kept(house.config.mediaDir, hash);
        if (content === undefined) throw mediaProblems.picture_not_found();
        return new FileAnswer("image/webp", content, { etag: hash, cache: FOR_EVER, embeddable: true });
      },
    );
