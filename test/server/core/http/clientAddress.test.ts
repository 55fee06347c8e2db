import assert from "node:assert/strict";
import { clientAddressOf, networkOf } from "../../../../server/core/http/clientAddress.ts";

const seen = (trusted: string[], remoteAddress: string, forwarded?: string) =>
  clientAddressOf(trusted)({ socket: { remoteAddress }, headers: { "x-forwarded-for": forwarded } });

describe("the client's address", () => {
  it("is the socket's when nobody is trusted", () => {
    assert.equal(seen([], "203.0.113.9", "10.0.0.1"), "203.0.113.9");
    assert.equal(seen([], "::ffff:203.0.113.9"), "203.0.113.9");
  });

  it("is the nearest address before our own proxies", () => {
    assert.equal(seen(["10.0.0.0/8"], "10.0.0.2", "1.1.1.1, 203.0.113.9, 10.0.0.3"), "203.0.113.9");
    assert.equal(seen(["10.0.0.0/8"], "::ffff:10.0.0.2", "203.0.113.9"), "203.0.113.9");
    assert.equal(seen(["2001:db8::/32"], "2001:db8::1", "2001:db9::7"), "2001:db9::7");
  });

  it("is the proxy's when what it was told is no address", () => {
    assert.equal(seen(["10.0.0.2"], "10.0.0.2", "203.0.113.9, unknown"), "10.0.0.2");
    assert.equal(seen(["10.0.0.2"], "10.0.0.2"), "10.0.0.2");
  });

  it("cannot be configured with a name", () => {
    assert.throws(() => clientAddressOf(["proxy.internal"]), /no address/);
  });

  it("counts a household of IPv6 as one", () => {
    assert.equal(networkOf("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
    assert.equal(networkOf("2001:db8:1:2::6"), "2001:db8:1:2::/64");
    assert.equal(networkOf("2001:db8::6"), "2001:db8:0:0::/64");
    assert.equal(networkOf("::1"), "0:0:0:0::/64");
    assert.equal(networkOf("203.0.113.9"), "203.0.113.9");
  });
});
