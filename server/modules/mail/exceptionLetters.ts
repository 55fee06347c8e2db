import type { Letter } from "./letter.ts";
import type { LetterLinks, LetterValues, MailLanguage } from "./values.ts";

type Values = LetterValues<"payment_exception">;

interface Words {
  readonly subject: (orderSn: string | null) => string;
  readonly why: Readonly<Record<Values["kind"], string>>;
  readonly end: Readonly<Record<Values["end"], (reclaimFrom: string) => string>>;
  readonly rows: readonly [paid: string, expected: string, due: string];
  readonly orders: string;
}

const WORDS: Readonly<Record<MailLanguage, Words>> = {
  en: {
    subject: (orderSn) =>
      orderSn === null ? "A payment of yours belongs to no order" : `Order ${orderSn}: a payment is not as agreed`,
    why: {
      underpaid:
        "A payment arrived for less than the order costs. The escrow keeps it apart; the order is still unpaid.",
      overpaid:
        "A payment arrived for more than the order costs. The escrow keeps it apart; the order is still unpaid.",
      altered: "A payment arrived by other terms than the order's, so it does not pay the order.",
      duplicate: "A second payment arrived beside the one that paid the order.",
      late: "A payment arrived for an order that has ended.",
      unknown: "Your wallet paid by terms that are of no order of ours.",
    },
    end: {
      returning: () => "All of it is on its way back to the wallet that paid. There is nothing you have to do.",
      left_to_payer: (from) =>
        `We cannot send it back. Your wallet can have it from ${from} on, by calling reclaim of the escrow with the terms it paid.`,
    },
    rows: ["Paid", "Expected", "Goes back"],
    orders: "Your orders",
  },
  zh: {
    subject: (orderSn) => (orderSn === null ? "您的一笔付款不属于任何订单" : `订单 ${orderSn}：付款与约定不符`),
    why: {
      underpaid: "收到的付款少于订单金额。该笔款项已单独存放，订单仍未付款。",
      overpaid: "收到的付款多于订单金额。该笔款项已单独存放，订单仍未付款。",
      altered: "收到的付款条款与订单不同，因此未能支付该订单。",
      duplicate: "订单已付款，又收到了第二笔付款。",
      late: "订单已结束后才收到付款。",
      unknown: "您的钱包按不属于本站任何订单的条款付了款。",
    },
    end: {
      returning: () => "全部款项正在退回付款的钱包，您无需任何操作。",
      left_to_payer: (from) =>
        `我们无法退回这笔款项。自 ${from} 起，您的钱包可用付款时的条款调用托管合约的 reclaim 取回。`,
    },
    rows: ["已付", "应付", "退回"],
    orders: "您的订单",
  },
};

/** The letter about a payment that is not as agreed: what came, what was expected, what goes back and when. */
export const exceptionLetter =
  (language: MailLanguage) =>
  ({ kind, order_sn, paid, expected, due, end, reclaim_from }: Values, { page }: LetterLinks): Letter => {
    const words = WORDS[language];
    const [paidWord, expectedWord, dueWord] = words.rows;
    return {
      subject: words.subject(order_sn),
      parts: [
        words.why[kind],
        words.end[end](reclaim_from),
        {
          rows: [[paidWord, paid], ...(expected === null ? [] : [[expectedWord, expected] as const]), [dueWord, due]],
        },
        { link: page("/orders"), label: words.orders },
      ],
    };
  };
