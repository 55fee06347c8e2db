import { z } from "zod";
import type { House } from "../../core/house.ts";
import { type Door, door } from "../../core/http/door.ts";
import { MinorAmount } from "../../core/http/schemas.ts";
import type { ExpressType } from "../../modules/logistics/index.ts";

const ExpressTypeList = z.strictObject({
  data: z.array(
    z
      .strictObject({
        code: z.string(),
        name: z.string(),
        freight: MinorAmount.meta({ description: "For each order, in minor units of its channel's currency" }),
      })
      .meta({ id: "ExpressType" }),
  ),
});

const presentExpressType = ({ code, name, freightMinor }: ExpressType) => ({ code, name, freight: `${freightMinor}` });

export const expressTypeRoutes = (house: House): Door =>
  door(house, "express_types").get(
    "/express_types",
    { summary: "The ways to send a parcel", auth: "none", limit: "reads", answers: [200, ExpressTypeList] },
    async () => ({ data: house.config.expressTypes.map(presentExpressType) }),
  );
