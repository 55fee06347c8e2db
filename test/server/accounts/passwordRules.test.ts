import assert from "node:assert/strict";
import fc from "fast-check";
import { emailKey, emailOf, usernameFault, usernameKey } from "../../../server/modules/accounts/identity.ts";
import { passwordFault } from "../../../server/modules/accounts/passwordRules.ts";
import { hashPassword, isPassword } from "../../../server/modules/accounts/passwords.ts";

const ada = { username: "Ada.Lovelace", email: "Countess@example.com" };

describe("A new password", () => {
  for (const weak of [
    "short",
    "123456789",
    "x".repeat(129),
    "aaaaaaaaaaaa",
    "abababababab",
    "20261123123456",
    "１２３４５６７８９０１",
    "Password123!",
    "p@ssw0rd2026",
    "P4$$w0rd!!",
    "passwordpassword",
    "iloveyou2024",
    "qwertyuiop",
    "qwerty123456",
    "1qaz2wsx3edc",
    "Woaini1314!",
    "ada.lovelace",
    "ADA.LOVELACE1815",
    "countess@example.com",
    "Countess99!",
    "Tributary2026",
  ])
    it(`is refused when it is ${JSON.stringify(weak).slice(0, 24)}`, () => assert.ok(passwordFault(weak, ada)));

  for (const good of [
    "seven green lanterns",
    "correct horse battery staple",
    "tr0ub4dor&3x",
    "我喜欢在雨天喝茶看书听歌",
    "kwzpdqxyvmtr",
    "password-ninety-otters",
    "x".repeat(8).concat(..."abcdefghijk"),
  ])
    it(`may be ${good}`, () => assert.equal(passwordFault(good, ada), undefined));

  it("is one in whatever composition its letters are typed", async () => {
    const hash = await hashPassword("Zürich im Mai 24".normalize("NFD"));
    assert.match(hash, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    assert.ok(await isPassword("Zürich im Mai 24".normalize("NFC"), hash));
    assert.equal(await isPassword("Zurich im Mai 24", hash), false);
    assert.equal(await isPassword("nobody has this password", null), false);
  });
});

describe("A user name", () => {
  for (const right of ["ada", "Ada_L", "a1.b-c", "ａｄａ", "a".repeat(32)])
    it(`may be ${right}`, () => assert.equal(usernameFault(right), undefined));
  for (const wrong of [
    "ab",
    "a".repeat(33),
    "1ada",
    "ada lovelace",
    "ada@home",
    "аda",
    "ada..l",
    "ada.",
    "-ada",
    "a:b:c",
    "艾达艾达",
    "ada\u0000",
  ])
    it(`may not be ${JSON.stringify(wrong)}`, () => assert.ok(usernameFault(wrong)));
  it("is the same in any case and width", () => {
    assert.equal(usernameKey("ＡＤＡ"), usernameKey("ada"));
    assert.equal(usernameKey("Ada"), "ada");
  });
});

describe("A mail address", () => {
  it("keeps its mailbox and has its domain in ASCII", () => {
    assert.equal(emailOf(" Ada+shop@Bücher.example "), "Ada+shop@xn--bcher-kva.example");
    assert.equal(emailKey("Ada@Example.com"), "ada@example.com");
  });
  for (const wrong of [
    "ada",
    "ada@",
    "@example.com",
    "ada@localhost",
    "a b@example.com",
    "a@b@example.com",
    "ada@example.com, eve@example.com",
    "ada@example.com\r\nBcc: eve@example.com",
    "ada@-example.com",
    `${"a".repeat(65)}@example.com`,
    `a@${"a".repeat(63)}.${"b".repeat(63)}.${"c".repeat(63)}.${"d".repeat(63)}.com`,
    '"ada"@example.com',
    "ada@[127.0.0.1]",
  ])
    it(`is not ${JSON.stringify(wrong).slice(0, 60)}`, () => assert.equal(emailOf(wrong), undefined));

  it("never has what could end a header", () =>
    fc.assert(
      fc.property(
        fc.string({ unit: "binary" }),
        (mailbox) => !/[\s,;<>"]/.test(emailOf(`${mailbox}@example.com`) ?? ""),
      ),
    ));
});
