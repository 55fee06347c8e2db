import assert from "node:assert/strict";
import { utimes } from "node:fs/promises";
import { get } from "node:http";
import { join } from "node:path";
import sharp from "sharp";
import { mediaHandlers } from "../../../server/modules/media/index.ts";
import { onBothDatabases } from "../../support/databases.ts";
import type { SignedInClient } from "../../support/http.ts";
import { wallet } from "../../support/wallets.ts";
import { type ChannelBody, NOBODY, openShop, type Shop, told } from "./shop.ts";

type PictureBody = { id: string; url: string; small_url: string; width: number; height: number; code?: string };

const DAY_MS = 24 * 3_600_000;

onBothDatabases((db) => {
  let shop: Shop;
  let web: ChannelBody;
  before(async () => {
    shop = await openShop(db);
    web = await shop.openChannel("web");
  });
  after(() => shop.server.stop());

  const picture = (red: number, width = 40, height = 20) =>
    sharp({ create: { width, height, channels: 3, background: { r: red, g: 10, b: 10 } } });
  const send = (id: string, file: Uint8Array, type = "image/png", who: SignedInClient = shop.seller) =>
    who.client.send<PictureBody>("POST", `/api/v1/goods/${id}/pictures`, new Uint8Array(file), {
      "content-type": type,
    });
  const file = async (url: string) => {
    const response = await fetch(shop.server.url + url);
    return { response, bytes: Buffer.from(await response.arrayBuffer()) };
  };
  /** The status for a browser that has the file; `fetch` would ask for it anew. */
  const revalidated = (url: string, etag: string) =>
    new Promise<number | undefined>((resolve, reject) => {
      get(shop.server.url + url, { headers: { "if-none-match": etag } }, (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      }).on("error", reject);
    });
  const listed = async (name: string) => {
    const id = await shop.addGood(name, 1);
    await shop.list(id, web, "100");
    return id;
  };

  it("are shown in two sizes, upright, and without anything else that the file had", async () => {
    const id = await listed("Photographed");
    const secret = "GPS 31.2304N 121.4737E <script>";
    const sent = await picture(200, 2_000, 1_000)
      .withExif({ IFD0: { Copyright: secret, Orientation: "6" } })
      .withMetadata({ orientation: 6 })
      .jpeg()
      .toBuffer();
    const { status, body } = await send(
      id,
      Buffer.concat([sent, Buffer.from(`<?php ${secret} ?>PK\x03\x04`)]),
      "image/jpeg",
    );
    assert.equal(status, 201, JSON.stringify(body));
    assert.deepEqual([body.width, body.height], [800, 1_600], "it was lying on its side");
    const large = await file(body.url);
    assert.deepEqual(
      [large.response.status, large.response.headers.get("content-type"), large.response.headers.get("cache-control")],
      [200, "image/webp", "public, max-age=31536000, immutable"],
    );
    assert.equal(large.response.headers.get("x-content-type-options"), "nosniff");
    const metadata = await sharp(large.bytes).metadata();
    assert.deepEqual(
      [metadata.format, metadata.width, metadata.exif, metadata.xmp],
      ["webp", 800, undefined, undefined],
    );
    for (const trace of [secret, "php", "PK\x03\x04"]) assert.equal(large.bytes.includes(trace), false, trace);
    const small = await sharp((await file(body.small_url)).bytes).metadata();
    assert.deepEqual([small.width, small.height], [200, 400]);

    const etag = large.response.headers.get("etag") ?? "";
    assert.equal(await revalidated(body.url, etag), 304);
    assert.equal(await revalidated(body.url, '"another"'), 200);
    const one = (await shop.server.client.get(`/api/v1/goods/${id}`)).body;
    assert.deepEqual([one.cover, one.pictures], [body.small_url, [body]]);
    const list = await shop.server.client.get<{ data: { id: string; cover: string }[] }>("/api/v1/goods?per_page=100");
    assert.equal(list.body.data.find((row) => row.id === id)?.cover, body.small_url);
  });

  it("come in four kinds", async () => {
    const id = await listed("Kinds");
    const small = picture(90);
    const kinds: [string, Buffer][] = [
      ["image/jpeg", await small.clone().jpeg().toBuffer()],
      ["image/png", await small.clone().png().toBuffer()],
      ["image/webp", await small.clone().webp().toBuffer()],
      ["image/avif", await small.clone().avif().toBuffer()],
    ];
    for (const [type, bytes] of kinds) {
      const { status, body } = await send(id, bytes, type);
      assert.deepEqual([status, body.width, body.height], [201, 40, 20], type);
    }
  });

  it("are refused where they are none, or could be more than that", async () => {
    const id = await listed("Refusing");
    const png = await picture(1).png().toBuffer();
    const svg = Buffer.from(
      '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><rect width="9" height="9"/></svg>',
    );
    const bomb = await sharp({ create: { width: 7_000, height: 6_000, channels: 3, background: "black" } })
      .png()
      .toBuffer();
    const cases: [string, Uint8Array, string, number, string][] = [
      ["a script", svg, "image/png", 422, "picture_refused"],
      ["a named script", svg, "image/svg+xml", 415, "unsupported_media_type"],
      ["a page behind the name of a picture", Buffer.from("<html>"), "image/jpeg", 422, "picture_refused"],
      [
        "a page with a picture's beginning",
        Buffer.from("\xff\xd8\xff<html>", "latin1"),
        "image/jpeg",
        422,
        "picture_refused",
      ],
      [
        "one kind with the head of another",
        Buffer.concat([Buffer.from("GIF89a"), png]),
        "image/png",
        422,
        "picture_refused",
      ],
      ["half a picture", png.subarray(0, png.length - 20), "image/png", 422, "picture_refused"],
      ["a bomb of pixels", bomb, "image/png", 422, "picture_refused"],
      ["JSON", Buffer.from("{}"), "application/json", 415, "unsupported_media_type"],
      ["nothing", Buffer.from(""), "image/png", 400, "validation_failed"],
      ["too much", Buffer.alloc(8 * 1_024 * 1_024 + 1), "image/png", 413, "body_too_large"],
    ];
    for (const [what, bytes, type, status, code] of cases) {
      const answer = await send(id, bytes, type);
      assert.deepEqual([answer.status, answer.body.code], [status, code], what);
    }
    for (const name of [`${"0".repeat(64)}.webp`, "x.webp", "..%2f..%2fpackage.json", `${"0".repeat(64)}.WEBP`])
      assert.ok([400, 404].includes((await file(`/api/v1/media/${name}`)).response.status), name);
  });

  it("are at most twelve, also when they are sent at once", async () => {
    const id = await listed("Album");
    const files = await Promise.all(
      Array.from({ length: 15 }, (_, n) =>
        picture(n * 16)
          .png()
          .toBuffer(),
      ),
    );
    const answers = await Promise.all(files.map((each) => send(id, each)));
    assert.deepEqual(
      [201, 409].map((status) => answers.filter((answer) => answer.status === status).length),
      [12, 3],
    );
    assert.equal(answers.find(({ status }) => status === 409)?.body.code, "pictures_full");
  });

  it("are put in order and deleted, and the first is the one that lists show", async () => {
    const id = await listed("Ordered");
    const sent: PictureBody[] = [];
    for (const red of [10, 120, 240]) sent.push((await send(id, await picture(red).png().toBuffer())).body);
    const [a, b, c] = sent.map((each) => each.id);
    const put = (order: unknown) =>
      shop.seller.client.put<{ data: PictureBody[]; code: string }>(`/api/v1/goods/${id}/pictures`, { order });
    const ordered = await put([c, a, b]);
    assert.deepEqual(
      ordered.body.data.map((each) => each.id),
      [c, a, b],
    );
    for (const order of [
      [a, b],
      [a, b, b],
      [a, b, NOBODY],
      [a, b, c, c],
    ])
      assert.deepEqual([(await put(order)).status, (await put(order)).body.code], [400, "picture_order_wrong"]);
    const seen = async () =>
      (await shop.server.client.get<{ cover: string | null; pictures: PictureBody[] }>(`/api/v1/goods/${id}`)).body;
    assert.deepEqual((await seen()).cover, sent[2]?.small_url);
    assert.equal((await shop.seller.client.delete(`/api/v1/goods/${id}/pictures/${c}`)).status, 204);
    assert.deepEqual([(await seen()).cover, (await seen()).pictures.length], [sent[0]?.small_url, 2]);
    assert.equal((await shop.seller.client.delete(`/api/v1/goods/${id}/pictures/${c}`)).body.code, "picture_not_found");
    for (const each of [a, b]) await shop.seller.client.delete(`/api/v1/goods/${id}/pictures/${each}`);
    assert.deepEqual([(await seen()).cover, (await seen()).pictures], [null, []]);
  });

  it("leave their files for a day, and then only if no other has the same", async () => {
    const [one, other] = [await listed("One"), await listed("Other")];
    const [same, alone] = [await picture(20).png().toBuffer(), await picture(220).png().toBuffer()];
    const kept = (await send(one, same)).body;
    await send(other, same);
    const gone = (await send(one, alone)).body;
    for (const { id } of [kept, gone]) await shop.seller.client.delete(`/api/v1/goods/${one}/pictures/${id}`);
    const forget = mediaHandlers(shop.house)["media.forget"];
    const run = async () => {
      for (const { url, small_url: small } of [kept, gone]) {
        const hashes = [hashOf(url), hashOf(small)];
        await forget?.({ id: NOBODY, kind: "media.forget", payload: { hashes }, attempts: 1 });
      }
    };
    await run();
    assert.equal((await file(gone.url)).response.status, 200, "it is not a day yet");
    const before = new Date(Date.now() - 2 * DAY_MS);
    for (const url of [kept.url, kept.small_url, gone.url, gone.small_url]) await utimes(pathOf(url), before, before);
    await run();
    assert.deepEqual([(await file(gone.url)).response.status, (await file(kept.url)).response.status], [404, 200]);
  });

  const hashOf = (url: string) => /([0-9a-f]{64})\.webp$/.exec(url)?.[1] ?? "";
  const pathOf = (url: string) => join(shop.house.config.mediaDir, hashOf(url).slice(0, 2), `${hashOf(url)}.webp`);

  it("are the merchant's to change, and nobody else's", async () => {
    const id = await listed("Mine");
    const { body: mine } = await send(id, await picture(5).png().toBuffer());
    const stranger = await shop.server.signIn(wallet(2));
    const png = await picture(6).png().toBuffer();
    const attempts = [
      (good: string) => send(good, png, "image/png", stranger),
      (good: string) => stranger.client.put(`/api/v1/goods/${good}/pictures`, { order: [mine.id] }),
      (good: string) => stranger.client.delete(`/api/v1/goods/${good}/pictures/${mine.id}`),
    ];
    for (const attempt of attempts) {
      const foreign = told(await attempt(id));
      assert.equal(foreign.status, 404);
      assert.deepEqual(foreign, told(await attempt(NOBODY)));
    }
  });
});
