import assert from "node:assert/strict";
import { once } from "node:events";
import { Agent, request } from "node:http";
import { connect } from "node:net";
import { z } from "zod";
import { door } from "../../../../server/core/http/door.ts";
import { onBothDatabases } from "../../../support/databases.ts";
import { testHouse } from "../../../support/house.ts";
import { startTestServer } from "../../../support/http.ts";
import { probeSchema } from "./probe.ts";

onBothDatabases(
  (db) => {
    /** A server with one door that waits to be let go, and somebody inside. */
    const busyServer = async (stopWithinMs: number) => {
      const [inside, goOn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      const server = await startTestServer(
        testHouse(db.database()),
        (house) => [
          door(house, "slow").get(
            "/slow",
            { summary: "Waits", auth: "none", limit: "reads", answers: [200, z.string()] },
            async () => {
              inside.resolve();
              await goOn.promise;
              return "done";
            },
          ),
        ],
        { stopWithinMs },
      );
      const visitor = request(`${server.url}/api/v1/slow`, { agent: new Agent({ keepAlive: true }) }).end();
      const answer = once(visitor, "response");
      answer.catch(() => undefined);
      await inside.promise;
      return { server, answer, goOn: goOn.resolve };
    };

    it("lets those inside finish, closes idle connections, takes nobody new", async () => {
      const { server, answer, goOn } = await busyServer(10_000);
      const idle = connect(Number(new URL(server.url).port), "127.0.0.1");
      await once(idle, "connect");
      idle.write("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n");
      await once(idle, "data");

      const stopped = server.stop();
      await once(idle, "close");
      await assert.rejects(server.client.get("/health"));
      goOn();
      const [response] = await answer;
      assert.equal(response.statusCode, 200);
      assert.equal(response.headers.connection, "close");
      response.resume();
      await stopped;
    });

    it("does not wait for ever", async () => {
      const { server, answer } = await busyServer(50);
      await server.stop();
      await assert.rejects(answer);
    });
  },
  { schema: probeSchema },
);
