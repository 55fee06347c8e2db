import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { htmlOf, subjectOf, textOf } from "../../../server/modules/mail/letter.ts";
import { openPost } from "../../../server/modules/mail/post.ts";
import { write } from "../../../server/modules/mail/templates.ts";
import { type LetterName, letterValues, MAIL_LANGUAGES, MAILED_NEWS } from "../../../server/modules/mail/values.ts";

const links = { token: "T".repeat(43), page: (path: string) => `https://shop.example${path}` };
const EVIL = `</p><script>alert("1")</script>&'`;
const order = (news: (typeof MAILED_NEWS)[number], name = EVIL) => ({
  ...{ news, order_sn: "261123ABCDEFGHJ", currency: "USD", freight: 500, total: 123_456 },
  lines: [{ name, count: 2, total: 122_956 }],
});
const values: Readonly<Record<Exclude<LetterName, "order_news">, object>> = {
  verify_email: {},
  email_known: { username: EVIL },
  reset_password: { username: EVIL },
  no_password: {},
  password_changed: {},
  email_changed: { email: EVIL },
  wallet_linked: { wallet: EVIL },
  wallet_unlinked: { wallet: EVIL },
  payment_exception: {
    ...{ kind: "underpaid", order_sn: EVIL, paid: EVIL, expected: EVIL, due: EVIL, end: "left_to_payer" },
    reclaim_from: "2026-11-23T10:00:00.000Z",
  },
};
const all: [LetterName, object][] = [
  ...Object.entries(values).map(([name, value]): [LetterName, object] => [name as LetterName, value]),
  ...MAILED_NEWS.map((news): [LetterName, object] => ["order_news", order(news)]),
];

describe("A letter", () => {
  it("exists for everything that is mailed", () =>
    assert.deepEqual(new Set(all.map(([name]) => name)), new Set(Object.keys(letterValues))));

  for (const language of MAIL_LANGUAGES)
    for (const [name, value] of all)
      it(`${name}${"news" in value ? ` of ${value.news}` : ""} is whole in ${language}, and harmless as HTML`, () => {
        const letter = write(name, language, value, links);
        const html = htmlOf(letter, language);
        assert.ok(letter.subject.length > 3);
        assert.doesNotMatch(html, /<script|undefined|\[object/);
        assert.doesNotMatch(textOf(letter), /undefined|\[object/);
        if (language === "zh") assert.match(letter.subject, /\p{Script=Han}/u);
      });

  it("escapes whatever stands in it", () =>
    fc.assert(
      fc.property(fc.string(), (name) => {
        const html = htmlOf(write("order_news", "en", order("order.shipped", name), links), "en");
        const cell = /<td>2 × (.*?)<\/td>/s.exec(html)?.[1] ?? "";
        assert.doesNotMatch(cell, /[<>"']|&(?!(amp|lt|gt|quot|#39);)/);
      }),
    ));

  it("escapes every kind of part", () => {
    const parts = [EVIL, { code: EVIL }, { link: `https://x/${EVIL}`, label: EVIL }, { rows: [[EVIL, EVIL] as const] }];
    const html = htmlOf({ subject: EVIL, parts }, EVIL);
    assert.doesNotMatch(html, /<script|lang="<|alert\("/);
    assert.equal(html.match(/&lt;script&gt;/g)?.length, 8);
  });

  it("shows amounts as people read them", () => {
    const { parts } = write("order_news", "en", order("payment.confirmed", "Blue mug"), links);
    const text = textOf({ subject: "", parts }).replaceAll("\u00a0", " ");
    assert.match(text, /2 × Blue mug {2}USD 1,229\.56\nFreight {2}USD 5\.00\nTotal {2}USD 1,234\.56/);
    const yen = write("order_news", "zh", { ...order("payment.confirmed"), currency: "JPY", freight: 500 }, links);
    assert.match(textOf(yen).replaceAll("\u00a0", " "), /JPY 500\n/);
  });

  it("has a subject of one line", () => {
    assert.equal(
      subjectOf({ subject: "Hello\r\nBcc: eve@example.com\u2028x", parts: [] }),
      "Hello Bcc: eve@example.com x",
    );
  });

  it("carries its code behind a #, which browsers send nobody", () => {
    const { parts } = write("verify_email", "en", {}, links);
    assert.ok(
      parts.some((part) => typeof part !== "string" && "link" in part && part.link.endsWith(`#token=${links.token}`)),
    );
  });
});

describe("The outbox", () => {
  it("is a folder with one readable file per mail, the same for a second attempt", async () => {
    const folder = await mkdtemp(join(tmpdir(), "tributary-outbox-"));
    const post = openPost({ kind: "outbox", folder: join(folder, "deep/er"), from: "Tributary <no-reply@localhost>" });
    const letter = write("verify_email", "zh", {}, links);
    const mail = { id: "one", from: "Tributary <no-reply@localhost>", to: "ada@example.com", at: 0 };
    const content = { subject: subjectOf(letter), text: textOf(letter), html: htmlOf(letter, "zh") };
    await Promise.all([post.send({ ...mail, ...content }), post.send({ ...mail, id: "two", ...content })]);
    await post.send({ ...mail, ...content });
    const files = await readdir(join(folder, "deep/er"));
    assert.deepEqual(files.sort(), ["one.eml", "two.eml"]);
    const text = await readFile(join(folder, "deep/er/one.eml"), "utf8");
    assert.match(text, /^To: ada@example\.com$/m);
    assert.match(text, /^Subject: 请确认您的邮箱地址$/m);
    assert.match(text, /^Date: Thu, 01 Jan 1970 00:00:00 \+0000$/m);
    assert.match(text, /^T{43}$/m);
    await rm(folder, { recursive: true });
  });
});
