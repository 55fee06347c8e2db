import { In } from "typeorm";
import { z } from "zod";
import { type Context, type ReadContext, system } from "../../core/db/context.ts";
import type { House } from "../../core/house.ts";
import { type Id, newId } from "../../core/ids.ts";
import type { TaskHandler } from "../../core/tasks.ts";
import { openCatalogue, ownGood, setCover } from "../catalog/index.ts";
import type { Encoded } from "./encode.ts";
import { Picture } from "./entities.ts";
import { mediaProblems } from "./problems.ts";
import { clear, keep, keptAt } from "./store.ts";

/** The most pictures of one good. */
const MOST_PICTURES = 12;
/** How long a file stays after its picture was deleted: pages that people have open still show it. */
const LINGER_MS = 24 * 3_600_000;
const FORGET = "media.forget";

/** The files of a picture, by the hashes of their contents. */
export type KeptPicture = Pick<Picture, "large" | "small" | "width" | "height">;

/** Puts a picture's files where the pictures are kept. Files that no picture needs do no harm. */
export async function keepFiles(dir: string, { large, small, width, height }: Encoded): Promise<KeptPicture> {
  return { large: await keep(dir, large), small: await keep(dir, small), width, height };
}

/**
 * Adds a picture to a good of the actor's merchant, after its others.
 * @throws good_not_found, pictures_full
 */
export async function addPicture(ctx: Context, goodId: Id, files: KeptPicture): Promise<Picture> {
  const others = await picturesForChange(ctx, goodId);
  if (others.length >= MOST_PICTURES)
    throw mediaProblems.pictures_full(`A good has at most ${MOST_PICTURES} pictures.`);
  const place = (others.at(-1)?.place ?? -1) + 1;
  const picture = ctx.db.create(Picture, { id: newId(), goodId, place, ...files, createdAt: ctx.clock.now() });
  await ctx.db.insert(Picture, picture);
  await showFirst(ctx, goodId, [...others, picture]);
  return picture;
}

/**
 * Puts the pictures of a good in order; the first is the one that lists show.
 * @throws good_not_found, picture_order_wrong
 */
export async function orderPictures(ctx: Context, goodId: Id, ids: readonly Id[]): Promise<readonly Picture[]> {
  const pictures = new Map((await picturesForChange(ctx, goodId)).map((picture) => [picture.id, picture]));
  const ordered = ids.flatMap((id) => pictures.get(id) ?? []);
  if (ordered.length !== pictures.size || new Set(ids).size !== ids.length || ids.length !== pictures.size)
    throw mediaProblems.picture_order_wrong();
  for (const [place, picture] of ordered.entries()) await ctx.db.update(Picture, { id: picture.id }, { place });
  await showFirst(ctx, goodId, ordered);
  return ordered;
}

/**
 * Deletes a picture of a good; its files go a day later, unless another picture has the same.
 * @throws good_not_found, picture_not_found
 */
export async function deletePicture(ctx: Context, goodId: Id, id: Id): Promise<void> {
  const pictures = await picturesForChange(ctx, goodId);
  const picture = pictures.find((one) => one.id === id);
  if (picture === undefined) throw mediaProblems.picture_not_found();
  await ctx.db.delete(Picture, { id });
  await showFirst(
    ctx,
    goodId,
    pictures.filter((one) => one !== picture),
  );
  const { large, small } = picture;
  await ctx.emit(FORGET, { hashes: [large, small] }, { key: `${FORGET}:${id}`, runAt: ctx.clock.now() + LINGER_MS });
}

/** The pictures of an own good, in their order; nobody else changes them until the transaction ends. */
async function picturesForChange(ctx: Context, goodId: Id): Promise<readonly Picture[]> {
  await openCatalogue(ctx, (await ownGood(ctx, goodId)).merchantId);
  return (await picturesOf(ctx, [goodId])).get(goodId) ?? [];
}

const showFirst = (ctx: Context, goodId: Id, [first]: readonly Picture[]): Promise<void> =>
  setCover(ctx, goodId, first?.small ?? null);

/** The pictures of these goods, by good, each in their order. */
export async function picturesOf(
  ctx: ReadContext,
  goodIds: readonly Id[],
): Promise<ReadonlyMap<Id, readonly Picture[]>> {
  const pictures = await ctx.db.find(Picture, {
    where: { goodId: In([...goodIds]) },
    order: { place: "ASC", id: "ASC" },
  });
  return Map.groupBy(pictures, ({ goodId }) => goodId);
}

const Forgotten = z.strictObject({ hashes: z.array(z.string()) });

/** Takes files away that no picture has any more and nobody has sent again since. */
const forgetFiles =
  (house: House): TaskHandler =>
  async ({ payload }) => {
    const { mediaDir } = house.config;
    for (const hash of Forgotten.parse(payload).hashes) {
      const at = await keptAt(mediaDir, hash);
      if (at === undefined || at > house.clock.now() - LINGER_MS) continue;
      const used = await house.db.read(system(FORGET), ({ db }) =>
        db.existsBy(Picture, [{ large: hash }, { small: hash }]),
      );
      if (!used) await clear(mediaDir, hash);
    }
  };

/** The tasks of this room. */
export const mediaHandlers = (house: House): Record<string, TaskHandler> => ({ [FORGET]: forgetFiles(house) });
